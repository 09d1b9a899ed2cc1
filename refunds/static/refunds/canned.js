/* The preview of a canned reply follows what is typed. The server checks the placeholders. */
(() => {
    "use strict";

    const follow = (box) => {
        const area = document.getElementById(box.dataset.preview);
        if (!area) {
            return;
        }
        const values = JSON.parse(box.dataset.values);
        const show = () => {
            const known = (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole);
            box.textContent = area.value.replace(/\{([^{}]*)\}/g, known) || "–";
        };
        area.addEventListener("input", show);
    };

    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("[data-preview]").forEach(follow);
    });
})();
