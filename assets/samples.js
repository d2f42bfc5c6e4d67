// The first training images, the numbers that one of them consists of, and what MNIST is.

const grid = element.querySelector(".samples");
const numbers = element.querySelector(".numbers");
const firstSample = page.rove(grid);
let drawn = "";

page.onLanguage(() => {
  page.translate(element);
  drawn = "";
});

page.onStatus((status) => {
  const told = JSON.stringify([status.samples, page.language]);
  if (drawn === told) return;
  drawn = told;
  samples(status.samples);
});

function samples(given) {
  numbers.hidden = true;
  if (!given) return grid.replaceChildren();
  const bytes = page.bytes(given.images);
  grid.replaceChildren(...given.labels.map((label, i) => {
    const pixels = bytes.subarray(i * 784, (i + 1) * 784);
    const button = page.tile(pixels, page.text("training.sample", { label }), label);
    button.addEventListener("click", () => look(button, pixels, label));
    return button;
  }));
  firstSample();
}

function look(button, pixels, label) {
  const open = button.getAttribute("aria-pressed") === "true";
  for (const other of grid.children) other.setAttribute("aria-pressed", other === button && !open);
  numbers.hidden = open;
  numbers.querySelector("h3").textContent = open ? "" : page.text("training.numbers", { label });
  const sheet = numbers.querySelector(".sheet");
  sheet.setAttribute("aria-label", page.text("training.numbers", { label }));
  sheet.replaceChildren(...[...pixels].map((ink) => {
    const cell = document.createElement("span");
    cell.textContent = ink;
    cell.style.background = `rgb(${255 - ink} ${255 - ink} ${255 - ink})`;
    cell.style.color = ink > 137 ? "#fff" : ink ? "#000" : "#767676"; // contrast of 4.5 everywhere
    return cell;
  }));
  const scroll = sheet.parentElement;
  scroll.scrollLeft = (scroll.scrollWidth - scroll.clientWidth) / 2; // the middle is where the ink is
}
