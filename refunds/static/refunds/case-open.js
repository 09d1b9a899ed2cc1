/* Opening a case: what is asked about a compensation stands open for that kind only. */
(() => {
    "use strict";

    document.addEventListener("DOMContentLoaded", () => {
        const kind = document.getElementById("id_kind");
        const part = document.querySelector("[data-for-kind]");
        if (!kind || !part) {
            return;
        }
        const show = () => {
            part.hidden = kind.value !== part.dataset.forKind;
        };
        kind.addEventListener("change", show);
        show();
    });
})();
