/** Calls back when the frame that holds the present changes has been handed to the screen. Benches measure to here. */
export function afterPaint(painted: () => void): void {
    requestAnimationFrame(() => {
        const channel = new MessageChannel();
        // A message posted from the frame's own callback is read when the frame is done.
        channel.port1.onmessage = () => {
            channel.port1.close();
            painted();
        };
        channel.port2.postMessage(null);
    });
}
