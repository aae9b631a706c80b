/** Moves about in the graph: the wheel zooms at the pointer, dragging moves, a double click shows all of it. */
import { editor } from './editor.ts';

interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Units of the drawing a pixel at which its letters can still be read. */
const READABLE = 1.25;

const page = editor<View>();
const stage = document.getElementById('view');
const svg = stage?.querySelector('svg');

if (stage && svg) {
  const whole: View = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view = whole;
  const show = (next: View) => {
    view = next;
    svg.setAttribute('viewBox', `${next.x} ${next.y} ${next.width} ${next.height}`);
    page.setState(next);
  };
  /** All of it where that can be read; else its beginning, in letters that can. */
  const firstView = (): View => {
    const { width, height } = svg.getBoundingClientRect();
    const scale = Math.max(whole.width / width, whole.height / height);
    if (scale <= READABLE) return whole;
    const shown = { width: width * READABLE, height: height * READABLE };
    return {
      ...shown,
      x: Math.min(0, (whole.width - shown.width) / 2),
      y: Math.min(0, (whole.height - shown.height) / 2),
    };
  };
  /** Units of the drawing that one pixel shows. */
  const unit = () => {
    const { width, height } = svg.getBoundingClientRect();
    return Math.max(view.width / width, view.height / height);
  };
  const zoom = (factor: number, clientX: number, clientY: number) => {
    const box = svg.getBoundingClientRect();
    const scale = unit();
    // The drawing stands in the middle of the page.
    const x = view.x + view.width / 2 + (clientX - box.x - box.width / 2) * scale;
    const y = view.y + view.height / 2 + (clientY - box.y - box.height / 2) * scale;
    const width = Math.min(Math.max(view.width * factor, 120), whole.width * 4);
    const real = width / view.width;
    show({ x: x - (x - view.x) * real, y: y - (y - view.y) * real, width, height: view.height * real });
  };

  svg.removeAttribute('width');
  svg.removeAttribute('height');
  svg.querySelector(':scope > rect')?.remove();
  show(page.getState() ?? firstView());

  stage.addEventListener('wheel', event => {
    event.preventDefault();
    zoom(Math.exp(Math.sign(event.deltaY) * 0.15), event.clientX, event.clientY);
  });
  stage.addEventListener('pointerdown', event => {
    stage.setPointerCapture(event.pointerId);
    stage.classList.add('held');
  });
  stage.addEventListener('pointermove', event => {
    if (!stage.hasPointerCapture(event.pointerId)) return;
    const scale = unit();
    show({ ...view, x: view.x - event.movementX * scale, y: view.y - event.movementY * scale });
  });
  stage.addEventListener('pointerup', event => {
    stage.releasePointerCapture(event.pointerId);
    stage.classList.remove('held');
  });
  stage.addEventListener('dblclick', () => show(whole));
  addEventListener('keydown', ({ key }) => {
    const { width, height } = stage.getBoundingClientRect();
    if (key === '+' || key === '=') zoom(1 / 1.2, width / 2, height / 2);
    else if (key === '-') zoom(1.2, width / 2, height / 2);
    else if (key === '0') show(whole);
  });
}
