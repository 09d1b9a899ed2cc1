/* What the pages do by themselves. Every page works without it; the server checks everything. */
(() => {
    "use strict";

    const each = (selector, run, root = document) => root.querySelectorAll(selector).forEach(run);

    /* Dialogs: <a data-opens="id" href="the page without scripts"> opens <dialog id="id" data-dialog>. */
    const openDialog = (dialog) => {
        if (!dialog.open) {
            dialog.showModal();
        }
    };

    document.addEventListener("click", (event) => {
        const opener = event.target.closest("[data-opens]");
        if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
            const dialog = document.getElementById(opener.dataset.opens);
            if (dialog && dialog.showModal) {
                event.preventDefault();
                openDialog(dialog);
            }
            return;
        }
        const closer = event.target.closest("[data-closes]");
        if (closer && closer.closest("dialog")) {
            event.preventDefault();
            closer.closest("dialog").close();
            return;
        }
        if (event.target.matches("dialog[data-dialog]") && outside(event)) {
            event.target.close();
        }
    });

    const outside = ({ target, clientX, clientY }) => {
        const box = target.getBoundingClientRect();
        return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
    };

    /* A dialog whose form came back with errors is open from the start. */
    const openRefusedDialogs = () => each("dialog[data-dialog][data-open]", openDialog);

    /* Progress: JSON {state, step, done, total, finished} once a second, until it is finished. */
    const showProgress = (box, { state, step, done, total }) => {
        const statePill = document.querySelector("[data-progress-state]");
        if (statePill && state) {
            statePill.textContent = state;
        }
        const bar = box.querySelector("progress");
        const known = Number(total) > 0;
        if (bar && known) {
            bar.max = total;
            bar.value = Math.min(done, total);
        } else if (bar) {
            bar.removeAttribute("value");
        }
        const stepText = box.querySelector("[data-progress-step]");
        const countText = box.querySelector("[data-progress-count]");
        if (stepText && step) {
            stepText.textContent = step;
        }
        if (countText) {
            const number = (n) => Number(n).toLocaleString(document.documentElement.lang || undefined);
            countText.textContent = known ? `${number(done)} / ${number(total)}` : "";
        }
    };

    const followProgress = async (box, pause = 1000) => {
        try {
            const answer = await fetch(box.dataset.progressUrl, {
                headers: { Accept: "application/json" },
                cache: "no-store",
            });
            if (answer.redirected) { // signed out meanwhile: the page leads to the sign-in form and back
                window.location.reload();
                return;
            }
            if (answer.ok) {
                const state = await answer.json();
                showProgress(box, state);
                if (state.finished) {
                    window.location.reload();
                    return;
                }
                pause = 1000;
            } else if (answer.status < 500 && answer.status !== 429) {
                return;
            } else {
                pause = Math.min(pause * 2, 15000);
            }
        } catch {
            pause = Math.min(pause * 2, 15000);
        }
        window.setTimeout(followProgress, pause, box, pause);
    };

    /* Countdowns: <time data-due="ISO" data-left="%(span)s left" …>, words from the server. */
    const fill = (text, values) => text.replace(/%\((\w+)\)[sd]/g, (_, name) => values[name]);

    const spell = (milliseconds, words) => {
        const all = Math.floor(Math.abs(milliseconds) / 60000);
        const [days, hours, minutes] = [Math.floor(all / 1440), Math.floor(all / 60) % 24, all % 60];
        if (days) {
            return fill(words.days, { days, hours });
        }
        return hours ? fill(words.hours, { hours, minutes }) : fill(words.minutes, { n: minutes });
    };

    const countDown = (time) => {
        const words = time.dataset;
        const left = Date.parse(words.due) - Date.now();
        if (Number.isNaN(left) || !words.left) {
            return;
        }
        time.textContent = fill(left >= 0 ? words.left : words.overdue, { span: spell(left, words) });
        time.classList.toggle("is-overdue", left < 0);
        time.classList.toggle("is-soon", left >= 0 && left < Number(words.soon || 0) * 1000);
    };

    /* Confirming by typing: the button waits until the word (a count, a total) was typed. */
    const confirmByTyping = (form) => {
        const field = form.querySelector("[data-confirm-field]") || form.querySelector("input[type=text], input:not([type])");
        const buttons = form.querySelectorAll("button[type=submit]:not([formnovalidate]), input[type=submit], button:not([type])");
        if (!field || !buttons.length) {
            return;
        }
        const check = () => {
            const right = field.value.trim() === form.dataset.confirmWord.trim();
            buttons.forEach((button) => {
                button.disabled = !right;
            });
        };
        field.autocomplete = "off";
        field.addEventListener("input", check);
        check();
    };

    /* Rows to tick, <form data-ticks="CNY">: the page says how many are ticked, and what they come to. */
    const addUpTicks = (form) => {
        const money = new Intl.NumberFormat("zh-CN", { style: "currency", currency: form.dataset.ticks });
        const unit = 10 ** money.resolvedOptions().maximumFractionDigits;
        const boxes = [...form.querySelectorAll("[data-amount]")];
        const show = () => {
            const ticked = boxes.filter((box) => box.checked);
            const sum = ticked.reduce((all, box) => all + Math.round(box.dataset.amount * unit), 0);
            each("[data-ticked-count]", (place) => {
                place.textContent = ticked.length.toLocaleString("en");
            }, form);
            each("[data-ticked-sum]", (place) => {
                place.textContent = money.format(sum / unit);
            }, form);
        };
        each("[data-tick]", (button) => {
            button.hidden = false;
            button.addEventListener("click", () => {
                boxes.forEach((box) => {
                    box.checked = button.dataset.tick === "all";
                });
                show();
            });
        }, form);
        form.addEventListener("change", show);
        show();
    };

    /* The theme looks for a text field beside each file field, and breaks where there is none. */
    document.addEventListener("change", (event) => {
        if (event.target.matches(".desk-form input[type=file]")) {
            event.stopPropagation();
        }
    }, true);

    /* One click sends a form once. Files that download leave the page as it is, so they may repeat. */
    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (event.defaultPrevented || form.method !== "post" || form.target === "_blank" || form.hasAttribute("data-repeats")) {
            return;
        }
        if (form.dataset.sent) {
            event.preventDefault();
            return;
        }
        form.dataset.sent = "1";
        const button = event.submitter;
        if (button && button.classList.contains("desk-button")) {
            button.classList.add("is-busy");
            button.setAttribute("aria-busy", "true");
        }
    });

    /* Coming back by the browser's button: forms may be sent again. */
    window.addEventListener("pageshow", (event) => {
        if (event.persisted) {
            each("form[data-sent]", (form) => delete form.dataset.sent);
            each(".is-busy", (button) => {
                button.classList.remove("is-busy");
                button.removeAttribute("aria-busy");
            });
        }
    });

    /* Tables: name each cell after its column, so that a phone can show rows as sheets. */
    const nameCells = (table) => {
        const heads = [...table.querySelectorAll("thead tr:last-child > *")].map((th) => th.innerText.replace(/\s+/g, " ").trim());
        if (!heads.length || table.classList.contains("is-kept") || table.querySelector("tbody [colspan]:not([colspan='1'])")) {
            return;
        }
        each("tbody tr", (row) => {
            [...row.children].forEach((cell, index) => {
                if (cell.tagName === "TD" && heads[index] && !cell.dataset.label) {
                    cell.dataset.label = heads[index];
                }
            });
        }, table);
        table.classList.add("is-stacking");
    };

    /* On a phone a cell that says “–” only takes room. */
    const markEmpty = (cell) => cell.classList.toggle("is-nothing", cell.textContent.trim() === "–");

    /* The theme's clickable spans become buttons that a keyboard reaches. */
    const reachByKeyboard = (control) => {
        if (control.matches("button, a[href], input, select, textarea, label") || control.tabIndex >= 0) {
            return;
        }
        control.tabIndex = 0;
        control.setAttribute("role", "button");
        control.addEventListener("keydown", (event) => {
            if (event.target === control && (event.key === "Enter" || event.key === " ")) {
                event.preventDefault();
                control.click();
            }
        });
    };

    /* What a narrow screen cuts off is scrolled to by a keyboard, too. */
    const reachByScrolling = (box) => {
        const cut = box.scrollWidth > box.clientWidth && !box.querySelector("a, button, input, select, textarea");
        const head = box.closest("section, details")?.querySelector("h1, h2, h3, summary");
        box.toggleAttribute("tabindex", cut);
        if (cut) {
            box.tabIndex = 0;
            box.setAttribute("role", "region");
            box.setAttribute("aria-label", (head || document.querySelector("h1")).textContent.trim());
        }
    };

    document.addEventListener("DOMContentLoaded", () => {
        document.getElementById("main")?.setAttribute("role", "main");
        each(".desk-table", nameCells);
        each("#result_list .data-row > td, .desk-table.is-stacking :is(tbody, tfoot) td", markEmpty);
        each("[data-progress-url]", (box) => followProgress(box));
        each("form[data-confirm-word]", confirmByTyping);
        each("form[data-ticks]", addUpTicks);
        each("[x-on\\:click]", reachByKeyboard);
        const reachAll = () => each(".desk-scroll", reachByScrolling);
        reachAll();
        window.addEventListener("resize", reachAll);
        document.addEventListener("toggle", reachAll, true);
        openRefusedDialogs();
        const countAll = () => each("time[data-due]", countDown);
        countAll();
        window.setInterval(countAll, 30000);
    });
})();
