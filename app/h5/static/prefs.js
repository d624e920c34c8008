/** What this browser remembers: the session token, the copy it asked for, the language and the elder mode; nothing else. */

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

/** Remember who is here; what belonged to whoever was here before goes. */
export function setToken(token) {
  write("token", token);
  write("copy", null);
}

/** The id of the copy of one's data that was asked for last; the file itself is fetched by the token's owner only. */
export const getCopy = () => read("copy");
export const setCopy = (id) => write("copy", id);
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
