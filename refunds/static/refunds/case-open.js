/* Opening a case: the page follows its kind. What is asked about a compensation stands open for that kind
   only, and of the reasons those that are for it. */
(() => {
    "use strict";

    const showPart = (part, kind) => {
        part.hidden = kind !== part.dataset.forKind;
    };

    const offerReasons = (reason, kind) => {
        for (const option of reason.options) {
            const kinds = option.dataset.kinds;
            option.hidden = option.disabled = kinds !== undefined && !kinds.split(" ").includes(kind);
        }
        if (reason.selectedOptions[0]?.disabled) {
            reason.value = "";
        }
    };

    document.addEventListener("DOMContentLoaded", () => {
        const kind = document.getElementById("id_kind");
        const reason = document.getElementById("id_reason");
        const part = document.querySelector("[data-for-kind]");
        if (!kind || !reason || !part) {
            return;
        }
        const follow = () => {
            showPart(part, kind.value);
            offerReasons(reason, kind.value);
        };
        kind.addEventListener("change", follow);
        follow();
    });
})();
