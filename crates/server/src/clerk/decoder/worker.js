// A frame of the camera comes in, what stands in its QR code goes out.

import decodeQR from "qr/decode.js";

/** A thread of its own may look longer than a frame lasts. */
const TIME_MS_MAX = 80;

self.onmessage = ({ data: { width, height, data } }) => {
  let text = null;
  try {
    text = decodeQR({ width, height, data: new Uint8ClampedArray(data) }, { timeLimit: TIME_MS_MAX });
  } catch {
    // No code in this frame, or none that can be read.
  }
  self.postMessage(text);
};
