// The driver takes its picture of the next frame, which on a screen where nothing moves may be a minute away: a dot without a
// colour is painted again and again until whoever took the picture takes it off.
const done = arguments[0];
const dot = document.body.appendChild(document.createElement("i"));
dot.id = "frames";
let frames = 0;
const paint = () => {
    frames += 1;
    dot.style.cssText = `position: fixed; top: 0; left: 0; width: 1px; height: ${1 + (frames % 2)}px; background: #0000`;
    if (frames === 2) done(true);
    if (dot.isConnected) requestAnimationFrame(paint);
};
document.fonts.ready.then(() => requestAnimationFrame(paint));
