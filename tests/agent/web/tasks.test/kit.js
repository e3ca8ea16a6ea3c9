// Shared by the pages: what a seed shuffles, and how a page says whether it was used right.
const seed = Number(new URLSearchParams(location.search).get('seed') ?? 1);
let state = seed * 2654435761 % 4294967296;
const random = () => { state = (state * 1664525 + 1013904223) % 4294967296; return state / 4294967296; };
const shuffle = (list) => {
  const left = [...list];
  return Array.from(list, () => left.splice(Math.floor(random() * left.length), 1)[0]);
};
const pick = (list) => list[Math.floor(random() * list.length)];
// The verdict is the title: "passed" or "failed", for good.
const verdict = (passed) => {
  if (!['passed', 'failed'].includes(document.title)) document.title = passed ? 'passed' : 'failed';
  document.body.dataset.done = document.title;
};
const same = (one, other) => JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
// Puts the children of an element into another order.
const mix = (selector) => { const box = $(selector); box.append(...shuffle(box.children)); };
const add = (parent, html) => $(parent).insertAdjacentHTML('beforeend', html);
