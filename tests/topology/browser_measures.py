"""Scripts that measure a picture in a browser: what overlaps, what sticks out, what is hard to read."""

from __future__ import annotations

OVERLAPPING = """([selector, slack]) => {
    const shown = [...document.querySelectorAll(selector)].filter(one => one.getClientRects().length);
    const boxes = shown.map(one => one.getBoundingClientRect());
    const name = (one) => one.parentElement.querySelector('title').textContent;
    const found = [];
    const order = boxes.map((box, place) => place).sort((a, b) => boxes[a].left - boxes[b].left);
    for (let i = 0; i < order.length; i += 1) {
        const one = boxes[order[i]];
        for (let j = i + 1; j < order.length && boxes[order[j]].left < one.right - slack; j += 1) {
            const other = boxes[order[j]];
            if (other.top < one.bottom - slack && other.bottom > one.top + slack) {
                found.push([order[i], order[j]].map(place => name(shown[place])));
            }
        }
    }
    return {number: boxes.length, found: found.slice(0, 5)};
}"""
"""Boxes of what a selector finds that overlap, by their tooltips; and how many boxes there are."""

STICKING_OUT = """() => {
    const out = [];
    let number = 0;
    const check = (group, text, box) => {
        if (!text.getClientRects().length || !text.textContent) return;
        number += 1;
        const inner = text.getBoundingClientRect();
        const outer = box.getBoundingClientRect();
        if (inner.left < outer.left - 0.5 || inner.right > outer.right + 0.5
            || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1) {
            out.push([text.textContent, inner.toJSON(), outer.toJSON()]);
        }
    };
    const boxed = {'.node': '.shape:not(.more)', '.label': 'rect', '.space': '.frame', '.badge': 'rect'};
    for (const [groups, boxes] of Object.entries(boxed)) {
        for (const group of document.querySelectorAll(groups)) {
            const box = group.querySelector(`:scope > ${boxes}`);
            if (box) group.querySelectorAll(':scope > text').forEach(text => check(group, text, box));
        }
    }
    return {number, out: out.slice(0, 5)};
}"""
"""Texts that are not inside of their boxes; and how many texts there are."""

HARD_TO_READ = """(least) => {
    const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const clear = (colour) => colour === 'none' || (numbers(colour).length === 4 && numbers(colour)[3] === 0);
    const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
        .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
    const contrast = (one, other) => {
        const [low, high] = [light(numbers(one)), light(numbers(other))].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const page = () => {
        const canvas = document.querySelector('.canvas');
        return canvas ? getComputedStyle(canvas).fill : getComputedStyle(document.body).backgroundColor;
    };
    const behindSvg = (element) => {
        const boxed = [['.badge', 'rect'], ['.label', 'rect'], ['.node', '.shape'], ['.space', '.frame']];
        for (const [group, box] of boxed) {
            const found = element.closest(group)?.querySelector(`:scope > ${box}:not(.more)`);
            if (found) return getComputedStyle(found).fill;
        }
        return element.closest('aside') ? getComputedStyle(element.closest('aside')).backgroundColor : page();
    };
    const behindHtml = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = getComputedStyle(one).backgroundColor;
            if (!clear(colour)) return colour;
        }
        return page();
    };
    const found = new Map();
    let number = 0;
    const check = (element, colour, behind) => {
        number += 1;
        const ratio = contrast(colour, behind);
        if (ratio < least) found.set(`${colour} on ${behind}`, [ratio.toFixed(2), element.textContent.slice(0, 40)]);
    };
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode;
        const element = text.parentElement;
        const said = text.data.trim() && !element.closest('style, script, title, desc');
        if (!said || !element.getClientRects().length) continue;
        if (element instanceof SVGElement) check(element, getComputedStyle(element).fill, behindSvg(element));
        else check(element, getComputedStyle(element).color, behindHtml(element));
    }
    return {number, found: Object.fromEntries(found)};
}"""
"""Texts with less contrast to what is behind them than is asked for; and how many texts there are."""
