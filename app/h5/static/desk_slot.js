/** Where the demo's desk may stand on a screen; outside the demo nobody fills it and nothing is drawn. */

let draw = null;

export function fillDeskSlot(drawDesk) {
  draw = drawDesk;
}

/** The desk for a screen, or null. `wants`: "place" for the position, "codes" with the demo's posters too, "people" for phones. */
export const deskSlot = (wants, onTaken) => (draw ? draw(wants, onTaken) : null);
