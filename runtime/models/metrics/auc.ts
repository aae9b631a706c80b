/** Area under the ROC curve: how often a true row is predicted above a false one, ties half. */
import { ascending, endsOfTies, type Figure, type Sample } from './sample.ts';

export function areaUnderCurve(sample: Sample, scores: Float64Array, isTrue: (label: number) => boolean): Figure {
  const { label, position, weight } = sample;
  const order = ascending(scores);
  const truth = Uint8Array.from(order, row => Number(isTrue(label[row])));
  const tick = Int32Array.from(order, row => position[row]);
  const own = Float64Array.from(order, row => weight[row]);
  const groups = endsOfTies(scores, order);
  return times => {
    let below = 0;
    let wins = 0;
    let trues = 0;
    let i = 0;
    for (const end of groups) {
      let tiedTrue = 0;
      let tiedFalse = 0;
      for (; i < end; i++) {
        const w = own[i] * times[tick[i]];
        if (truth[i] === 1) tiedTrue += w;
        else tiedFalse += w;
      }
      wins += tiedTrue * (below + tiedFalse / 2);
      below += tiedFalse;
      trues += tiedTrue;
    }
    return trues > 0 && below > 0 ? wins / (trues * below) : Number.NaN;
  };
}

/** Mean over the classes, each against the rest; classes that are always or never the answer do not count. */
export function areaOverClasses(sample: Sample): Figure {
  const areas = sample.prediction.map((scores, k) => areaUnderCurve(sample, scores, label => label === k));
  return times => {
    const known = areas.map(area => area(times)).filter(area => !Number.isNaN(area));
    return known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0) / known.length;
  };
}
