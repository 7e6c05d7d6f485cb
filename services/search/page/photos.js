// A photo (or a table) dropped anywhere, pasted, picked or taken.
import { $ } from "./dom.js";
import { t } from "./texts.js";

const TABLE = /\.(csv|tsv|txt|xlsx|xlsm|xlsb|xls|ods)$/i;
const PHOTO = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|hei[cf]|mpo)$/i;
const MAX = 16;

export const isTable = (file) => TABLE.test(file.name);
const isPhoto = (file) => file.type.startsWith("image/") || PHOTO.test(file.name);

export function startPhotos({ search, table, complain }) {
  const take = (list) => {
    const files = [...list];
    if (files.length === 0) return;
    const [first] = files;
    if (files.length === 1 && isTable(first)) table(first);
    else if (!files.every(isPhoto)) complain(t("notPhoto", { name: files.find((file) => !isPhoto(file)).name }));
    else if (files.length > MAX) complain(t("tooManyPhotos"));
    else search(files);
  };
  for (const input of [$("#pick"), $("#camera")]) {
    input.addEventListener("change", () => {
      take(input.files);
      input.value = ""; // the same photo again is a new search
    });
  }
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) {
      event.preventDefault();
      take(event.clipboardData.files);
    }
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
}
