// Moves a widget's picture where no kernel runs: a slider or a list for each control.
"use strict";
(() => {
  for (const figure of document.querySelectorAll("figure.cifg-frames:not(.cifg-moves, .cifg-still)")) {
    figure.classList.add("cifg-moves");
    const { pictures, tracks } = JSON.parse(figure.querySelector("script").textContent);
    const image = figure.querySelector(".cifg-picture");
    const words = figure.querySelector(".cifg-words");
    const below = figure.querySelector(".cifg-below");
    const shelf = document.createElement("div");
    shelf.className = "cifg-controls";

    const preload = (track, place) => {
      for (const [, picture] of track.frames.slice(Math.max(place - 1, 0), place + 2)) {
        new Image().src = pictures[picture];
      }
    };
    const controls = tracks.map((track) => {
      const label = document.createElement("label");
      const control = document.createElement(track.slides ? "input" : "select");
      const value = document.createElement("span");
      value.className = "cifg-value";
      value.setAttribute("aria-hidden", "true"); // it is the slider's aria-valuetext
      const name = document.createElement("span");
      name.textContent = track.name;
      label.append(name, control);
      if (track.slides) {
        Object.assign(control, { type: "range", min: 0, max: track.frames.length - 1, step: 1 });
        label.append(value);
      } else {
        control.append(...track.frames.map(([setting], place) => new Option(setting, place)));
      }
      const put = (place) => {
        control.value = place;
        value.textContent = track.frames[place][0];
        if (track.slides) control.setAttribute("aria-valuetext", track.frames[place][0]);
      };
      put(track.start);
      control.addEventListener("focus", () => preload(track, Number(control.value)));
      control.addEventListener("input", () => {
        const place = Number(control.value);
        const [, picture, sentence, more] = track.frames[place];
        // The frames are of one control at a time: the others go back.
        controls.forEach((other) => other.track === track || other.put(other.track.start));
        put(place);
        image.src = pictures[picture];
        image.alt = sentence;
        words.textContent = sentence;
        below.innerHTML = more;
        preload(track, place);
      });
      shelf.append(label);
      return { track, put };
    });
    figure.prepend(shelf);
    if (tracks.length > 1) {
      const note = document.createElement("p");
      note.className = "cifg-note";
      note.textContent = "One control moves at a time; the others go back. "
        + "In the notebook all move together.";
      figure.append(note);
    }
  }
})();
