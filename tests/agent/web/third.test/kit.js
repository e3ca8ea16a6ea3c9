// Shared by the pages: what a seed shuffles, and how a page tells what was done on it.
const seed = Number(new URLSearchParams(location.search).get('seed') ?? 1);
let state = seed * 2654435761 % 4294967296;
const random = () => { state = (state * 1664525 + 1013904223) % 4294967296; return state / 4294967296; };
const shuffle = (list) => {
  const left = [...list];
  return Array.from(list, () => left.splice(Math.floor(random() * left.length), 1)[0]);
};
const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const add = (parent, html) => $(parent).insertAdjacentHTML('beforeend', html);
// Puts the children of an element into another order.
const mix = (selector) => { const box = $(selector); box.append(...shuffle(box.children)); };
// What has been done so far is the title, so that a deed too many shows.
const deeds = [];
const tell = (deed) => { deeds.push(deed); document.title = deeds.join('; '); };
// The title is a state, not a history.
const show = (text) => { document.title = text; };
