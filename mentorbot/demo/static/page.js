// The control room: shows the state of the demo, and moves its clock.
"use strict";

const TAB = "mentorbot-discord";
const POLL_MS = 1500;

// The channels' page leads back to this tab by its name.
window.name = "mentorbot-room";

const $ = (id) => document.getElementById(id);

/** Create an element with attributes, and children that are elements or text. */
function createElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function createIcon(svgPath) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", svgPath);
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "2");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

const ENVELOPE = "M3 6h18v12H3z M3 7l9 7 9-7";

// Everything on the page is rendered from the state. A part is only rendered again if its data has
// changed, so that the focus and a screen reader's position aren't lost.
const rendered = {};
let busy = false;

function changed(part, data) {
  const text = JSON.stringify(data);
  if (rendered[part] === text) return false;
  rendered[part] = text;
  return true;
}

/** Replace the children of an element, and keep the focus on the same item. */
function replaceChildren(parent, children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  parent.replaceChildren(...children);
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function render(state) {
  if (changed("tours", state.tours)) renderTours(state.tours);
  if (changed("people", state.people)) renderPeople(state.people);
  if (changed("clock", [state.utc, state.people.map((person) => person.clock)])) renderClock(state);
  if (changed("next", state.next)) renderNext(state.next);
  if (changed("skips", state.skips)) renderMessages(state.skips);
  if (changed("data", state.data)) renderData(state.data);
  if (changed("api", state.api)) renderApi(state.api);
}

function channelUrl(person, channel) {
  return `/open/${encodeURIComponent(person)}/${encodeURIComponent(channel)}`;
}

/** Create a link that opens a channel in the other tab. */
function channelLink(person, channel, attributes, ...children) {
  return createElement("a", { href: channelUrl(person, channel), target: TAB, ...attributes }, ...children);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest(`a[target="${TAB}"]`) : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  // A plain link would leave a tab that is already open in the background.
  const tab = window.open(link.href, TAB);
  if (tab) {
    event.preventDefault();
    tab.focus();
  }
});

// The tour that the visitor opened or closed ("" for none). Otherwise the first unfinished one is open.
let chosenTour = null;
// A tour that the visitor has opened and finished makes room for the next one.
let unfinishedTours = new Set();

function renderTours(tours) {
  const unfinished = tours.filter((tour) => tour.steps.some((step) => !step.done));
  if (unfinishedTours.has(chosenTour) && !unfinished.some((tour) => tour.key === chosenTour)) chosenTour = null;
  unfinishedTours = new Set(unfinished.map((tour) => tour.key));
  const open = chosenTour ?? unfinished[0]?.key;
  replaceChildren($("tours"), tours.map((tour) => {
    const done = tour.steps.filter((step) => step.done).length;
    const isOpen = tour.key === open;
    const summary = createElement(
      "summary", { "data-key": `tour-${tour.key}` },
      createElement("h2", {}, tour.title),
      createElement("span", { class: done === tour.steps.length ? "count all" : "count" }, `${done} of ${tour.steps.length} done`),
    );
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      chosenTour = isOpen ? "" : tour.key;
      renderTours(tours);
    });
    const part = createElement("details", { class: "tour" }, summary);
    if (isOpen) part.append(createElement("ol", { class: "steps" }, ...renderSteps(tour)));
    part.open = isOpen;
    return part;
  }));
  $("tours").removeAttribute("aria-busy");
  $("tour-done").hidden = unfinished.length > 0;
}

function renderSteps({ key, steps }) {
  const current = steps.findIndex((step) => !step.done);
  return steps.map((step, index) => {
    const progress = step.done ? "done" : index === current ? "current" : "ahead";
    const buttonClass = progress === "current" ? "button primary" : "button";
    const button = step.person
      ? channelLink(step.person, step.channel, { class: buttonClass, "data-key": `${key}-${index}` }, step.button)
      : createElement("button", { type: "button", class: buttonClass, "data-skip": "session", "data-key": `${key}-${index}` }, step.button);
    return createElement(
      "li",
      { class: `step ${progress}`, "aria-current": progress === "current" ? "step" : null },
      createElement("span", { class: "step-number", "aria-hidden": "true" }, step.done ? "✓" : String(index + 1)),
      createElement(
        "div", { class: "step-body" },
        createElement("span", { class: "step-title" }, step.title, step.done ? createElement("span", { class: "visually-hidden" }, " (done)") : null),
        createElement("p", { class: "step-text" }, step.text),
        button,
      ),
    );
  });
}

function renderPeople(people) {
  replaceChildren($("people"), people.map((person) => {
    const card = createElement(
      "li", { class: "person panel" },
      createElement(
        "div", { class: "person-head" },
        createElement("img", { src: `/avatars/${person.key}.png`, alt: "", width: 48, height: 48 }),
        createElement(
          "div", {},
          createElement("h3", {}, person.name),
          createElement("p", { class: "person-role" }, `${person.role} · ${person.city}`),
        ),
      ),
      createElement("div", { class: "channels" }, ...person.channels.map((channel) => channelButton(person, channel))),
      person.tasks.length ? renderTasks(person) : null,
    );
    card.style.setProperty("--person", person.colour);
    return card;
  }));
}

// Which task lists the visitor has opened or closed, so that rendering again keeps them so.
const expanded = new Map();

function renderTasks(person) {
  const done = person.tasks.filter((task) => task.done).length;
  const list = createElement(
    "details", { class: "tasks" },
    createElement(
      "summary", { "data-key": `tasks-${person.key}` },
      "Things to try ",
      createElement("span", { class: done === person.tasks.length ? "count all" : "count" }, `${done} of ${person.tasks.length} done`),
    ),
    createElement("ol", {}, ...person.tasks.map((task) => createElement(
      "li", { class: task.done ? "task done" : "task" },
      createElement("span", { class: "tick", "aria-hidden": "true" }, task.done ? "✓" : ""),
      createElement(
        "div", {},
        channelLink(person.key, task.channel, { class: "task-title" }, task.title),
        task.done ? createElement("span", { class: "visually-hidden" }, " (done)") : null,
        createElement("p", { class: "task-hint" }, ...markCommands(task.hint)),
        task.path ? createElement("p", { class: "task-hint" }, createElement("code", {}, location.origin + task.path)) : null,
      ),
    ))),
  );
  list.open = expanded.get(person.key) ?? true;
  list.addEventListener("toggle", () => expanded.set(person.key, list.open));
  return list;
}

/** Split a sentence into text and `kbd` elements for its commands. */
function markCommands(text) {
  return text.split(/(\/[a-z][a-z-]*(?: (?:search|give|hours|edit|profile|grant|audit|status|convert|create|list)\b)?)/).map((part) => (
    part.startsWith("/") ? createElement("kbd", {}, part) : document.createTextNode(part)
  ));
}

function channelButton(person, channel) {
  const isText = channel.label.startsWith("#");
  const unread = channel.unread ? `, ${channel.unread} new` : "";
  return channelLink(
    person.key, channel.key,
    {
      class: "button channel",
      "data-open-now": String(channel.open),
      "data-key": `${person.key}/${channel.key}`,
      "aria-label": `Open ${channel.label} as ${person.firstName}${unread}`,
    },
    createElement("span", { class: "channel-icon", "aria-hidden": "true" }, isText ? "#" : createIcon(ENVELOPE)),
    createElement("span", { class: "channel-label" }, isText ? channel.label.slice(1) : channel.label),
    channel.unread ? createElement("span", { class: "unread" }, String(channel.unread)) : null,
    channel.open && !channel.unread ? createElement("span", { class: "channel-open" }, "open") : null,
  );
}

function renderClock(state) {
  $("utc-time").textContent = state.utc.time;
  $("utc-day").textContent = state.utc.day;
  $("clocks").replaceChildren(...state.people.map((person) => {
    const otherDay = person.clock.day !== state.utc.day;
    const row = createElement(
      "div", {},
      createElement("dt", {}, `${person.firstName}, ${person.city}`),
      createElement("dd", {}, otherDay ? createElement("span", {}, `${person.clock.day} `) : null, person.clock.time),
    );
    row.style.setProperty("--person", person.colour);
    return row;
  }));
}

function renderNext(next) {
  const button = document.querySelector(".skips [data-skip='session']");
  button.setAttribute("aria-disabled", String(!next));
  $("next").textContent = next
    ? `${next.who}, ${next.when.day} at ${next.when.time} UTC` +
      (next.confirmed ? "." : `. ${next.mentor} hasn’t confirmed yet.`)
    : "No later session is booked. Book one as Maya.";
}

function renderMessages(skips) {
  const parent = $("messages");
  if (!skips.length) {
    parent.replaceChildren(createElement("p", {}, "Nothing yet. Messages that arrive when you move the clock are listed here."));
    return;
  }
  parent.replaceChildren(...skips.map((skip, index) => {
    const count = skip.messages.length;
    const words = count === 0 ? "No messages" : count === 1 ? "1 message" : `${count} messages`;
    return createElement(
      "div", {},
      createElement(
        "p", { class: "skip-head" },
        `${words} arrived `,
        createElement("span", {}, `by ${skip.to.time} UTC on ${skip.to.day}`),
      ),
      createElement(
        "div", { class: `message-list${index === 0 ? " fresh" : ""}` },
        ...skip.messages.slice(0, 12).map((message) => channelLink(
          message.person, message.channel, { class: "message" },
          createElement("img", { src: `/avatars/${message.person}.png`, alt: "", width: 28, height: 28 }),
          createElement(
            "span", {},
            createElement("span", { class: "message-channel" }, `${message.name} · ${message.label}`),
            createElement("span", { class: "message-text" }, message.text),
            createElement("span", { class: "message-time" }, `${message.at.day}, ${message.at.time} in ${message.city}`),
          ),
        )),
      ),
      count > 12 ? createElement("p", { class: "skip-others" }, `And ${count - 12} more to these people.`) : null,
      skip.messagesToOthers
        ? createElement("p", { class: "skip-others" }, `And ${skip.messagesToOthers} to other members of the server.`)
        : null,
    );
  }));
}

function renderRows(parent, lines) {
  parent.replaceChildren(...lines.map((cells) => createElement("tr", {}, ...cells.map((cell) => (
    typeof cell === "number"
      ? createElement("td", { class: "number" }, String(cell))
      : createElement("td", {}, cell)
  )))));
}

function renderData(data) {
  $("balance").textContent = `${data.accounts} accounts. All balances add up to ${data.sum}.`;
  renderRows($("transfers"), data.transfers.map((transfer) => [
    transfer.at,
    createElement(
      "span", {},
      `${transfer.debited} → ${transfer.credited}`,
      createElement("span", { class: "cause" }, ` ${transfer.cause}`),
    ),
    transfer.points,
  ]));
  $("waiting").textContent = `${data.waiting} waiting until they’re due.`;
  for (const [id, notifications] of [["outbox-next", data.next], ["outbox-sent", data.sent]]) {
    renderRows($(id), notifications.map(({ at, recipient, kind }) => [at, recipient, kind]));
  }
}

let copyable = {};

function renderApi(api) {
  copyable = api;
  $("api-docs").href = api.docs;
  $("api-commands").textContent = api.commands.replace(api.token, "…");
  for (const button of document.querySelectorAll("[data-copy]")) button.disabled = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!button) return;
  const thing = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(copyable[thing]);
  } catch {
    $("not-copied").hidden = false;
    return;
  }
  const label = thing === "token" ? "Copy token" : "Copy commands";
  button.textContent = "Copied";
  $("copied").textContent = thing === "token" ? "Token copied" : "Commands copied";
  setTimeout(() => {
    button.textContent = label;
    $("copied").textContent = "";
  }, 2000);
});

// --- tabs ---

const tabs = [...document.querySelectorAll("[role='tab']")];

/** Show a tab, and keep it in the address, so that reloading shows it again. */
function showTab(tab, { focus = false } = {}) {
  for (const each of tabs) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
    $(each.getAttribute("aria-controls")).hidden = each !== tab;
  }
  if (focus) tab.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => { location.hash = tab.getAttribute("aria-controls"); });
}

document.querySelector("[role='tablist']").addEventListener("keydown", (event) => {
  const position = tabs.indexOf(document.activeElement);
  const next = { ArrowRight: position + 1, ArrowLeft: position - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined || position < 0) return;
  event.preventDefault();
  const tab = tabs.at(next % tabs.length);
  location.hash = tab.getAttribute("aria-controls");
  tab.focus();
});

function showTabOfAddress() {
  const tab = tabs.find((each) => `#${each.getAttribute("aria-controls")}` === location.hash);
  if (tab) showTab(tab, { focus: tabs.includes(document.activeElement) || document.activeElement?.matches("a[href^='#']") });
}

addEventListener("hashchange", showTabOfAddress);
showTabOfAddress();

// --- requests to the demo ---

async function request(path, body) {
  const response = await fetch(path, body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new RequestError(answer.error);
  return answer;
}

class RequestError extends Error {}

let problemShownUntil = 0;

function showProblem(problem, milliseconds = 0) {
  $("problem").hidden = !problem;
  $("problem").textContent = problem;
  problemShownUntil = Date.now() + milliseconds;
}

/** Load the state, or change it, and render it. Never throws: problems are shown. */
async function update(path = "/api/state", body = undefined) {
  try {
    render(await request(path, body));
    if (Date.now() > problemShownUntil) showProblem("");
  } catch (error) {
    if (error instanceof RequestError) showProblem(error.message, 8000);
    else showProblem("The demo doesn’t answer. If you stopped it in the terminal, start it again and reload this page.");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-skip]") : null;
  if (!button || busy) return;
  setBusy(true);
  await update("/api/skip", { to: button.dataset.skip });
  setBusy(false);
});

function askToRestart(asking) {
  $("restart-confirm").hidden = !asking;
  $("restart").hidden = asking;
  $(asking ? "restart-yes" : "restart").focus();
}

$("restart").addEventListener("click", () => askToRestart(true));
$("restart-no").addEventListener("click", () => askToRestart(false));
$("restart-yes").addEventListener("click", async () => {
  if (busy) return;
  setBusy(true);
  $("restart-yes").textContent = "Starting …";
  expanded.clear();
  chosenTour = null;
  await update("/api/restart", {});
  $("restart-yes").textContent = "Yes, start over";
  askToRestart(false);
  setBusy(false);
});

function setBusy(value) {
  busy = value;
  document.body.setAttribute("aria-busy", String(value));
}

for (const link of document.querySelectorAll("a[data-open]")) {
  link.href = `/open/${link.dataset.open}`;
  link.target = TAB;
}

// Coming back from the other tab means that its channel was read.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !busy) update("/api/seen", {});
});

async function poll() {
  if (!document.hidden && !busy) await update();
  setTimeout(poll, POLL_MS);
}

poll();
