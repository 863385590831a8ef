// Three short tones of a keying station: never the only sign of anything, and off when somebody switches them off.

const TONES = { saved: [[880, 0, 0.06]], refused: [[196, 0, 0.18]], doubt: [[392, 0, 0.07], [392, 0.11, 0.07]] };
const KEPT = "keying-sounds";
let context = null;

export const isOn = () => localStorage.getItem(KEPT) !== "off";
export const turn = (on) => localStorage.setItem(KEPT, on ? "on" : "off");

export function play(name) {
  if (!isOn() || !("AudioContext" in window)) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  for (const [pitch, after, length] of TONES[name]) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const start = context.currentTime + after;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.12, start);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + length);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + length);
  }
}
