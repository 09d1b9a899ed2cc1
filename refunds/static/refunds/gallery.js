/* The gallery's large view: pictures and videos in place, by keys too. Without this file each is a download. */
(() => {
    "use strict";

    const ZOOMS = [1, 1.5, 2, 3, 5];

    const shown = (link) => {
        if (link.dataset.kind === "video") {
            const video = document.createElement("video");
            video.controls = true;
            video.preload = "metadata";
            video.src = link.href;
            return video;
        }
        const image = document.createElement("img");
        image.src = link.href;
        image.alt = link.dataset.caption;
        return image;
    };

    const open = (gallery, box) => {
        const links = [...gallery.querySelectorAll("a[data-kind]")].filter((link) => link.dataset.kind !== "document");
        const stage = box.querySelector("[data-stage]");
        let at = 0;
        let zoom = 0;

        const grow = (step) => {
            const image = stage.querySelector("img");
            if (!image) {
                return;
            }
            zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step));
            stage.classList.toggle("is-large", zoom > 0);
            image.style.width = zoom ? `${ZOOMS[zoom] * 100}%` : "";
        };

        const show = (index) => {
            at = (index + links.length) % links.length;
            zoom = 0;
            stage.classList.remove("is-large");
            stage.replaceChildren(shown(links[at]));
            box.querySelector("[data-caption]").textContent = links[at].dataset.caption;
            box.querySelector("[data-place]").textContent = `${at + 1} / ${links.length}`;
            box.querySelector("[data-download]").href = links[at].href;
            box.querySelectorAll("[data-zoom]").forEach((button) => {
                button.disabled = links[at].dataset.kind === "video";
            });
            box.querySelectorAll("[data-step]").forEach((button) => {
                button.hidden = links.length < 2;
            });
        };

        gallery.addEventListener("click", (event) => {
            const link = event.target.closest("a[data-kind]");
            if (!link || !links.includes(link) || event.ctrlKey || event.metaKey || event.shiftKey) {
                return;
            }
            event.preventDefault();
            show(links.indexOf(link));
            box.showModal();
            stage.focus();
        });
        box.addEventListener("click", (event) => {
            const step = event.target.closest("[data-step]");
            const size = event.target.closest("[data-zoom]");
            if (step) {
                show(at + Number(step.dataset.step));
            } else if (size) {
                grow(Number(size.dataset.zoom));
            } else if (event.target.matches("[data-stage] img")) {
                grow(zoom ? -ZOOMS.length : 2);
            } else if (event.target === box || event.target === stage) {
                box.close();
            }
        });
        box.addEventListener("keydown", (event) => {
            const inVideo = event.target.matches("video");
            const keys = {
                ArrowLeft: () => show(at - 1),
                ArrowRight: () => show(at + 1),
                "+": () => grow(1),
                "=": () => grow(1),
                "-": () => grow(-1),
            };
            const large = stage.classList.contains("is-large") && event.key.startsWith("Arrow");
            if (keys[event.key] && !inVideo && !large && !event.ctrlKey && !event.metaKey) {
                event.preventDefault();
                keys[event.key]();
            }
        });
        box.addEventListener("close", () => stage.replaceChildren());
    };

    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("[data-gallery]").forEach((gallery) => {
            const box = gallery.parentElement.querySelector("[data-lightbox]");
            if (box && box.showModal) {
                open(gallery, box);
            }
        });
    });
})();
