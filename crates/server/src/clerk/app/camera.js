// The camera as a scanner: frames are read by the browser where it can, else by a decoder in a thread of its own. A frame is
// looked at when the one before is done, so a slow phone reads fewer and stays usable.

const FORMATS = ["qr_code", "data_matrix", "code_128"];
/** The longer side of the frame that is read: more only costs time. */
const SIDE_MAX = 960;
/** A code that stays in view is one scan; it counts again when it was gone for so long. */
const GONE_MS = 1_500;
const PAUSE_MS = 40;

async function ownReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const formats = (await BarcodeDetector.getSupportedFormats()).filter((format) => FORMATS.includes(format));
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats });
  return { read: async (video) => (await detector.detect(video)).map((found) => found.rawValue), end: () => {} };
}

function bundledReader() {
  const worker = new Worker("/clerk/decoder.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  async function read(video) {
    const scale = Math.min(1, SIDE_MAX / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = () => reject(new Error("the decoder ended"));
    });
    worker.postMessage({ width, height, data: data.buffer }, [data.buffer]);
    const text = await answer;
    return text === null ? [] : [text];
  }
  return { read, end: () => worker.terminate() };
}

/**
 * Starts the camera in a video element. Gives `{ stop, torch }`; `torch` is there where the camera has one. Fails with the
 * browser's error where there is no camera or it is not allowed.
 */
export async function start(video, take) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const [track] = stream.getVideoTracks();
  video.srcObject = stream;
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  let reader = await ownReader().catch(() => null);
  reader ??= bundledReader();
  let isOn = true;
  const seen = new Map();

  async function look() {
    while (isOn) {
      if (video.readyState >= 2 && video.videoWidth > 0) {
        const texts = await reader.read(video).catch(() => []);
        const at = performance.now();
        for (const text of isOn ? texts : []) {
          if (!(at - (seen.get(text) ?? -Infinity) < GONE_MS)) take(text);
          seen.set(text, at);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    reader.end();
  }

  function stop() {
    isOn = false;
    track.stop();
    video.srcObject = null;
    lock?.release().catch(() => {});
  }

  await video.play().catch(() => {});
  look();
  const hasTorch = Boolean(track.getCapabilities?.().torch);
  const torch = hasTorch ? (isLit) => track.applyConstraints({ advanced: [{ torch: isLit }] }) : null;
  return { stop, torch };
}
