/// Two short tones, so that the cashier need not look: high for found, low and longer for not. A machine without sound
/// says nothing, and that is no error.

let context: AudioContext | null = null;

function tone(hertz: number, seconds: number, shape: OscillatorType): void {
    try {
        context ??= new AudioContext();
        // Chromium keeps a context asleep until the first key; a wake-up that is refused is only silence.
        if (context.state === "suspended") context.resume().catch(() => undefined);
        const start = context.currentTime;
        const oscillator = new OscillatorNode(context, { type: shape, frequency: hertz });
        const gain = new GainNode(context, { gain: 0.12 });
        // Without a short fall the loudspeaker clicks.
        gain.gain.setValueAtTime(0.12, start + seconds * 0.7);
        gain.gain.linearRampToValueAtTime(0, start + seconds);
        oscillator.connect(gain).connect(context.destination);
        oscillator.start(start);
        oscillator.stop(start + seconds);
    } catch {
        // No audio device.
    }
}

export function toneFound(): void {
    tone(1760, 0.06, "sine");
}

export function toneNotFound(): void {
    tone(220, 0.22, "square");
}
