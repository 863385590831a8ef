// What the clocks of a hearing and of a room share: how seconds are written, how far a turn is, and the sound.

/** Seconds left as 2:05; after the end +0:07, counted up: nobody is cut off. */
export function digits(seconds) {
  const whole = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How a turn of `total` seconds stands with `seconds` left: over, soon (below `warn`), or nothing of both. */
export function nearness(seconds, total, warn) {
  if (seconds <= 0) return "over";
  return seconds <= warn && total > warn ? "soon" : "";
}

/** So many short tones, where the box with the id "sound" is ticked. */
export function beep(times) {
  if (!document.getElementById("sound")?.checked) return;
  const audio = new AudioContext();
  for (let each = 0; each < times; each += 1) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.2;
    tone.frequency.value = 660;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + each * 0.5);
    tone.stop(audio.currentTime + each * 0.5 + 0.3);
  }
  setTimeout(() => audio.close(), times * 500 + 500);
}
