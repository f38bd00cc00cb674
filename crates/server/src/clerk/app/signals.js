// What is heard and felt of a scan: whoever scans looks at the goods and not at the phone.

const TONES = {
  good: [[1320, 0, 0.07]],
  again: [[660, 0, 0.06], [660, 0.1, 0.06]],
  bad: [[196, 0, 0.22], [196, 0.28, 0.22]],
  done: [[880, 0, 0.09], [1320, 0.11, 0.14]],
};
const SHAKES = { good: 40, again: [30, 60, 30], bad: [180, 80, 180], done: [40, 60, 90] };

let audio = null;

/** Browsers let a page sound only after somebody touched it. */
export function wake() {
  const Audio = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!Audio) return;
  audio ??= new Audio();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}

export function signal(name) {
  // Refused by browsers until the page was touched, and by phones that do not shake.
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(SHAKES[name]);
  if (!audio || audio.state !== "running") return;
  for (const [hertz, after, lasts] of TONES[name]) {
    const start = audio.currentTime + after;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = name === "bad" ? "square" : "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + lasts);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + lasts);
  }
}
