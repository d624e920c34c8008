/** What this browser remembers: the session token, the language and the elder mode; nothing else. */

const memory = new Map();

function read(name) {
  try {
    return localStorage.getItem(`ouyu.${name}`);
  } catch {
    return memory.get(name) || null; // storage switched off: remembered until the page is closed
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(`ouyu.${name}`);
    else localStorage.setItem(`ouyu.${name}`, value);
  } catch {
    memory.set(name, value);
  }
}

export const getToken = () => read("token");
export const setToken = (token) => write("token", token);
export const getLocale = () => read("locale");
export const setLocale = (locale) => write("locale", locale);
export const isElder = () => read("elder") === "1";

/** Switch 长辈版 on or off, now and on the next visit. */
export function setElder(on) {
  write("elder", on ? "1" : null);
  applyElder();
}

/** Give the root element the class that the tokens listen to. */
export function applyElder() {
  document.documentElement.classList.toggle("elder", isElder());
}
