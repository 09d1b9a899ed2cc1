/* One key presses what carries it: <a data-key="n">. Links and buttons do the same without this file. */
(() => {
    "use strict";

    const OFF = "desk-keys-off";
    const remembered = () => {
        try {
            return window.localStorage.getItem(OFF) === "1";
        } catch {
            return false;
        }
    };
    const remember = (off) => {
        try {
            window.localStorage.setItem(OFF, off ? "1" : "0");
        } catch {
            /* a browser that keeps nothing uses the keys */
        }
    };

    const typing = (target) => Boolean(target.closest("input, textarea, select, [contenteditable]:not([contenteditable='false']), video"));

    document.addEventListener("keydown", (event) => {
        if (event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        if (typing(event.target) || document.querySelector("dialog[open]") || (remembered() && event.key !== "?")) {
            return;
        }
        const found = [...document.querySelectorAll("[data-key]")].find((control) => control.dataset.key === event.key);
        if (found) {
            event.preventDefault();
            found.click();
        }
    });

    /* From inside a text of several lines, where Enter is a new line. A button that waits stays so. */
    document.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || event.isComposing) {
            return;
        }
        const send = document.querySelector("dialog[open] form button[type=submit]");
        if (send) {
            event.preventDefault();
            send.click();
        }
    });

    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("[data-keys-on]").forEach((box) => {
            box.checked = !remembered();
            box.addEventListener("change", () => remember(!box.checked));
        });
    });
})();
