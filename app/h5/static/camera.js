/** Read a QR code with this device: the camera where the browser can, else a photo read by the server. */

import { sendPhoto } from "./api.js";

const LOOK_EVERY_MS = 160;
const SIDE_MAX = 1800; // enough for a poster across the room, a tenth of what the camera takes

/** Whether this browser reads QR codes from its camera; without HTTPS it gives no camera at all. */
export const canUseCamera = () =>
  "BarcodeDetector" in window && Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

/**
 * Show the camera in `video` until a code is seen. Call it after a tap that said why. Returns `{found, stop}`: `found`
 * resolves to the text, or to null once stopped. Rejects as getUserMedia does.
 */
export async function watchCamera(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
  let running = true;
  const stop = () => {
    running = false;
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const look = async () => {
    while (running) {
      const [code] = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
      if (code && code.rawValue && running) {
        stop();
        return code.rawValue;
      }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
    return null;
  };
  return { found: look(), stop };
}

/** What the code in a photo says. Rejects as the API does: nothing found, no network, no usable photo. */
export async function readPhoto(file) {
  return (await sendPhoto(await smaller(file))).text;
}

/** A photo in a size that a slow line can carry; one that this browser cannot open is sent as it is. */
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no blob"))), "image/jpeg", 0.85));
  } catch {
    return file;
  }
}
