/** Area under the ROC curve: how often a true row is predicted above a false one, ties half. */
import { ascending, type Figure, type Sample } from './sample.ts';

export function areaUnderCurve(sample: Sample, scores: Float64Array, isTrue: (label: number) => boolean): Figure {
  const { label, position, weight } = sample;
  const order = ascending(scores);
  const truth = Uint8Array.from(label, value => Number(isTrue(value)));
  return times => {
    let below = 0;
    let wins = 0;
    let trues = 0;
    for (let i = 0; i < order.length; ) {
      let tiedTrue = 0;
      let tiedFalse = 0;
      const score = scores[order[i]];
      for (; i < order.length && scores[order[i]] === score; i++) {
        const row = order[i];
        const w = weight[row] * times[position[row]];
        if (truth[row] === 1) tiedTrue += w;
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
