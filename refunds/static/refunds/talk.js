/* Writing messages: a canned reply fills the text, and “@” offers colleagues. Works without it too. */
(() => {
    "use strict";

    if (window.deskTalk) {
        return;
    }
    window.deskTalk = true;

    /* -- Canned replies ---------------------------------------------------------------------- */

    const fillFrom = (select) => {
        const area = select.form.querySelector("textarea[name=body]");
        const text = select.selectedOptions[0].dataset.text || "";
        if (!area || !text) {
            return;
        }
        const own = area.value.trim() && area.value !== area.dataset.filled;
        area.value = own ? `${area.value.trimEnd()}\n\n${text}` : text;
        area.dataset.filled = area.value;
        area.focus();
    };

    document.addEventListener("change", (event) => {
        if (event.target.matches("select[data-fills]")) {
            fillFrom(event.target);
        }
    });

    /* -- Colleagues -------------------------------------------------------------------------- */

    const MOST = 6;
    const open = { area: null, box: null, found: [], at: 0, start: 0 };

    const close = () => {
        if (open.box) {
            open.box.remove();
            open.area.removeAttribute("aria-activedescendant");
            open.area.removeAttribute("aria-controls");
        }
        open.area = open.box = null;
    };

    const called = (area) => {
        const before = area.value.slice(0, area.selectionStart);
        const match = before.match(/(^|[^A-Za-z0-9_%+-])@([\w.+-]*)$/);
        return match ? { word: match[2].toLowerCase(), start: before.length - match[2].length } : null;
    };

    const peopleFor = (area, word) => {
        const people = JSON.parse(area.dataset.people || "[]");
        const fits = ([name, label]) => name.toLowerCase().startsWith(word) || label.toLowerCase().includes(word);
        return people.filter(fits).slice(0, MOST);
    };

    const mark = () => {
        [...open.box.children].forEach((item, index) => {
            item.setAttribute("aria-selected", String(index === open.at));
        });
        open.area.setAttribute("aria-activedescendant", open.box.children[open.at].id);
    };

    const itemOf = ([name, label], index) => {
        const item = document.createElement("li");
        item.id = `talk-person-${index}`;
        item.role = "option";
        item.dataset.index = index;
        const strong = document.createElement("strong");
        strong.textContent = `@${name}`;
        const small = document.createElement("span");
        small.textContent = label === name ? "" : label;
        item.append(strong, small);
        return item;
    };

    const show = (area, found, start) => {
        close();
        const box = document.createElement("ul");
        box.className = "desk-people";
        box.id = "talk-people";
        box.setAttribute("role", "listbox");
        box.append(...found.map(itemOf));
        area.after(box);
        area.setAttribute("aria-controls", box.id);
        Object.assign(open, { area, box, found, start, at: 0 });
        mark();
    };

    const choose = (index) => {
        const { area, start, found } = open;
        const name = found[index][0];
        area.setRangeText(`${name} `, start, area.selectionStart, "end");
        close();
        area.focus();
    };

    document.addEventListener("input", (event) => {
        if (!event.target.matches("textarea[data-people]")) {
            return;
        }
        const call = called(event.target);
        const found = call ? peopleFor(event.target, call.word) : [];
        if (found.length) {
            show(event.target, found, call.start);
        } else {
            close();
        }
    });

    document.addEventListener("keydown", (event) => {
        if (!open.box || event.target !== open.area) {
            return;
        }
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
            open.at = (open.at + step + open.found.length) % open.found.length;
            mark();
        } else if (event.key === "Enter" || event.key === "Tab") {
            choose(open.at);
        } else if (event.key === "Escape") {
            close();
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }, true);

    document.addEventListener("mousedown", (event) => {
        const item = event.target.closest(".desk-people > li");
        if (item) {
            event.preventDefault();
            choose(Number(item.dataset.index));
        } else if (open.box && event.target !== open.area) {
            close();
        }
    });

    document.querySelectorAll("[data-without-scripts]").forEach((control) => {
        control.type = "button"; // or Enter would press it
        control.hidden = true;
    });
})();
