// Added to simcord's page of a channel. Makes commands behave as in Discord where simcord's don't,
// by the events that a person would cause.

const ROOM = "mentorbot-room";
const HINT = "No command was chosen. Type / and choose one from the list.";

const form = document.getElementById("channel-composer");
const input = document.getElementById("channel-composer-input");

/** The list of commands or of choices above the message field, if it is shown. */
const openPopup = () => form.querySelector(".command-popup:not([hidden])");

// --- choices are there as soon as an option is chosen, not only after a letter ---

form.addEventListener("focusin", ({ target }) => {
  if (!target.matches(".command-option-input[role='combobox']")) return;
  const popup = openPopup();
  if (!popup?.querySelector(".command-empty")) return;
  if (target.value === "") target.dispatchEvent(new Event("input", { bubbles: true }));
  else popup.hidden = true; // A choice was just made, and nothing has to be suggested.
});

form.addEventListener("input", () => {
  const popup = openPopup();
  const empty = popup?.querySelector(".command-empty");
  if (empty && isAutocomplete(popup)) empty.textContent = "Loading …";
});

const isAutocomplete = (popup) => popup.querySelector(".command-popup-heading")?.textContent.startsWith("OPTIONS MATCHING");

new MutationObserver(() => {
  const heading = form.querySelector(".command-popup-heading");
  if (heading?.textContent === "OPTIONS MATCHING ") heading.textContent = "OPTIONS";
}).observe(form, { childList: true, subtree: true });

// --- a chosen value is shown by its label; simcord shows what is sent, such as a person's id ---

const choices = new Map();
const labelled = new WeakSet();

form.addEventListener("click", ({ target }) => {
  const item = target.closest(".command-suggestion");
  const label = item?.querySelector(".command-suggestion-label")?.textContent;
  if (label) choices.set(item.dataset.value, label);
}, true);

new MutationObserver(() => {
  for (const field of form.querySelectorAll(".command-option-input")) {
    // Only fields that simcord has just created: what somebody types stays as it is.
    if (labelled.has(field)) continue;
    labelled.add(field);
    const label = choices.get(field.value);
    if (!label) continue;
    field.value = label;
    field.style.width = `${Math.min(24, label.length + 1)}ch`;
  }
}).observe(form, { childList: true, subtree: true });

// --- Enter sends a command without options, unless one was chosen with the arrow keys ---

let optionChosen = false;

form.addEventListener("focusin", () => { optionChosen = false; });
form.addEventListener("keydown", (event) => {
  if (!event.target.matches(".command-chip")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") optionChosen = true;
  if (event.key !== "Enter" || optionChosen) return;
  event.preventDefault();
  event.stopPropagation();
  form.requestSubmit();
}, true);

// --- a command that is sent while its suggestions are loading waits for them ---

const DEBOUNCE_MS = 300; // simcord asks for suggestions 250 ms after a letter
const PATIENCE_MS = 10_000;

const sendButton = document.getElementById("send-message");
let lastLetter = 0;
let waiting = false;

const isLoading = () => sendButton.disabled || performance.now() - lastLetter < DEBOUNCE_MS;

form.addEventListener("input", () => { lastLetter = performance.now(); }, true);

/** Submit the command as soon as simcord can take it; it drops what comes earlier. */
async function submitSoon() {
  if (waiting) return;
  waiting = true;
  const start = performance.now();
  while (isLoading() && performance.now() - start < PATIENCE_MS) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  waiting = false;
  if (form.querySelector(".command-row")) form.requestSubmit();
}

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".command-option-input") || !isLoading()) return;
  if (openPopup()?.querySelector("[aria-selected='true']")) return;
  event.preventDefault();
  event.stopPropagation();
  submitSoon();
}, true);

document.addEventListener("submit", (event) => {
  if (event.target !== form || input.isConnected || !isLoading()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  submitSoon();
}, true);

// --- the send arrow chooses the command that is typed, instead of sending its name as a message ---

const hint = document.createElement("p");
hint.className = "demo-hint";
hint.setAttribute("role", "status");
hint.hidden = true;
form.before(hint);

document.addEventListener("submit", (event) => {
  const typed = event.target === form && input.isConnected && input.value.startsWith("/");
  if (!typed || document.body.dataset.commands === "none") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const popup = openPopup();
  const entry = popup?.querySelector(".command-entry.is-active") ?? popup?.querySelector(".command-entry");
  if (entry) entry.click();
  else {
    hint.textContent = HINT;
    hint.hidden = false;
    input.focus();
  }
}, true);

form.addEventListener("input", () => { hint.hidden = true; });

// --- the newest message stays in view while its pictures are loading ---

const timeline = document.getElementById("channel-timeline");
let isAtEnd = true;
let lastTop = 0;

// A picture that loads moves the end away, which isn't what somebody does who scrolls up.
timeline.addEventListener("scroll", () => {
  const toEnd = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight;
  if (toEnd < 8) isAtEnd = true;
  else if (timeline.scrollTop < lastTop) isAtEnd = false;
  lastTop = timeline.scrollTop;
});
new ResizeObserver(() => {
  if (isAtEnd) timeline.scrollTop = timeline.scrollHeight;
}).observe(document.getElementById("channel-message-list"));

// --- simcord reports every action; only what went wrong is worth seeing ---

const status = document.getElementById("action-status");
const reports = [status, document.getElementById("live-status"), document.getElementById("preview-empty")];

const notice = document.createElement("p");
notice.className = "demo-hint";
notice.setAttribute("role", "alert");
notice.textContent = "This channel isn’t open any more. Open it again from the control room.";
notice.hidden = true;
document.getElementById("toolbar").after(notice);

function showTrouble() {
  const isClosed = reports.some(({ textContent }) => /Preview session|page could not be opened|Access to this preview/.test(textContent));
  notice.hidden = !isClosed;
  document.body.classList.toggle("is-closed", isClosed);
  status.classList.toggle("is-trouble", !isClosed && /not completed|uncertain|interrupted/.test(status.textContent));
}

for (const report of reports) {
  new MutationObserver(showTrouble).observe(report, { childList: true, characterData: true, subtree: true });
}

// --- the way back leads to the control room's own tab ---

document.getElementById("control-room").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const tab = window.open("", ROOM);
  if (!tab) return;
  event.preventDefault();
  try {
    if (tab.location.href === "about:blank") tab.location.href = event.currentTarget.href;
  } catch {
    // The control room is open in it: another origin, whose address can't be read.
  }
  tab.focus();
});

// --- what screen readers are told: cards come right below the channel's name, and ARIA knows no
// --- `aria-valuetext` of a menu and no `aria-expanded` of a text field ---

function mendAccessibility() {
  for (const heading of document.querySelectorAll(".markdown-heading:not([aria-level])")) {
    heading.setAttribute("aria-level", "2");
  }
  for (const menu of document.querySelectorAll(".select-trigger[aria-valuetext]")) {
    menu.removeAttribute("aria-valuetext");
  }
  for (const field of document.querySelectorAll("textarea[aria-expanded]")) {
    field.removeAttribute("aria-expanded");
  }
}

new MutationObserver(mendAccessibility).observe(document.body, {
  attributes: true,
  attributeFilter: ["aria-expanded", "aria-valuetext"],
  childList: true,
  subtree: true,
});
mendAccessibility();
