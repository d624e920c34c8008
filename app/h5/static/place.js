/** Where the person is: asked only after a tap that has said what for, and kept for this visit only. */

let latest = null;
let simulated = null;

/** The last position of this visit, or null. */
export const lastPlace = () => (simulated ? simulated.location : latest);

/** Let the demo's desk answer instead of the device; null gives the device its say back. */
export function simulate(place) {
  simulated = place;
}

/**
 * Ask for the position. Resolves to `{location}` or `{reason}`: "denied" or "unavailable"; never rejects.
 * `fine` asks for the best the device can give and waits longer.
 */
export function askPlace({ fine = false } = {}) {
  if (simulated) return Promise.resolve(simulated.location ? { location: simulated.location } : { reason: "denied" });
  if (!navigator.geolocation || !window.isSecureContext) return Promise.resolve({ reason: "unavailable" });
  return new Promise((answer) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        latest = {
          lat: coords.latitude,
          lng: coords.longitude,
          accuracy_m: Math.max(coords.accuracy, 1),
          coord_sys: "wgs84", // what the browser's geolocation is defined to give
        };
        answer({ location: latest });
      },
      (problem) => answer({ reason: problem.code === problem.PERMISSION_DENIED ? "denied" : "unavailable" }),
      { enableHighAccuracy: fine, timeout: fine ? 15000 : 8000, maximumAge: fine ? 0 : 30000 },
    );
  });
}

/** Great-circle distance in metres. */
export function metres(a, b) {
  const rad = Math.PI / 180;
  const x = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lng - a.lng) * rad) / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.sqrt(x));
}
