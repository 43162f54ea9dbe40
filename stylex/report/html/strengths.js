// The model of Bradley and Terry, as in stylex/choices/strengths.py and asking.py: a run's strength
// in log-odds has the prior N(0, PRIOR²), and i is chosen over j with probability σ(θᵢ − θⱼ).

const PRIOR = 2;
const CLOSE = 1e-9; // the largest slope of the log posterior that counts as its top
const MOST = 32; // runs of a set among which the next pair is sought: those least is known of

const chance = (difference) => 0.5 + 0.5 * Math.tanh(difference / 2);

/**
 * The strengths of `count` runs from answers {left, right, won}: the mode, by Newton's method.
 * near: strengths of almost the same answers, where that is quicker.
 */
function fit(count, answers, near = new Float64Array(count)) {
  const theta = Float64Array.from(near);
  for (let round = 0; answers.length && round < 100; round++) {
    const slope = theta.map((value) => -value / PRIOR ** 2);
    for (const { left, right, won } of answers) {
      const rest = won - chance(theta[left] - theta[right]);
      slope[left] += rest;
      slope[right] -= rest;
    }
    if (largest(slope) < CLOSE) break;
    const step = solve(curvature(theta, answers), slope, CLOSE / 10);
    const short = Math.min(1, 2 / largest(step)); // a full step from afar would go too far
    for (let run = 0; run < count; run++) theta[run] += short * step[run];
  }
  if (!answers.length) theta.fill(0);
  const touched = new Set(answers.flatMap(({ left, right }) => [left, right]));
  return { theta, answers, touched, times: curvature(theta, answers) };
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The negative Hessian H of the log posterior, as what multiplies a vector by it, into `found`. */
function curvature(theta, answers) {
  const lefts = Int32Array.from(answers, ({ left }) => left);
  const rights = Int32Array.from(answers, ({ right }) => right);
  const weights = Float64Array.from(answers, ({ left, right }) => {
    const p = chance(theta[left] - theta[right]);
    return p * (1 - p);
  });
  return (x, found) => {
    for (let run = 0; run < x.length; run++) found[run] = x[run] / PRIOR ** 2;
    for (let at = 0; at < weights.length; at++) {
      const left = lefts[at];
      const right = rights[at];
      const pull = weights[at] * (x[left] - x[right]);
      found[left] += pull;
      found[right] -= pull;
    }
  };
}

function dot(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

/** x of A x = target by conjugate gradients; times(x, found): found = A x. */
function solve(times, target, close = 1e-5) {
  const x = new Float64Array(target.length);
  const across = new Float64Array(target.length);
  const rest = Float64Array.from(target);
  const along = Float64Array.from(target);
  let size = dot(rest, rest);
  for (let round = 0; round < target.length && size > close ** 2; round++) {
    times(along, across);
    const length = size / dot(along, across);
    for (let at = 0; at < x.length; at++) {
      x[at] += length * along[at];
      rest[at] -= length * across[at];
    }
    const before = size;
    size = dot(rest, rest);
    for (let at = 0; at < x.length; at++) along[at] = rest[at] + (size / before) * along[at];
  }
  return x;
}

/** H⁻¹ times the mean of `some` of the runs: their covariance with each run. */
function covariance({ theta, times }, some) {
  const target = new Float64Array(theta.length);
  for (const run of some) target[run] = 1 / some.length;
  return solve(times, target);
}

/** The standard error of a run's strength less the mean of its set. */
function standardError(model, run, set) {
  set.common ??= covariance(model, set.runs);
  set.own ??= set.runs.reduce((sum, one) => sum + set.common[one], 0) / set.runs.length;
  const own = model.touched.has(run) ? covariance(model, [run])[run] : PRIOR ** 2;
  return Math.sqrt(Math.max(0, own - 2 * set.common[run] + set.own));
}

/** 32 bits that look random: FNV-1a of the text's UTF-8, stirred. */
function mark(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Two names as [left, right]: by a hash, so that where a run stands says nothing of it. */
function sides(one, other, count) {
  const [first, second] = one < other ? [one, other] : [other, one];
  return mark(`${first}|${second}|${count}`) & 1 ? [second, first] : [first, second];
}

/**
 * The two runs of one of the `sets` whose comparison tells most, by p (1 − p) Var(θᵢ − θⱼ); null
 * where all were compared. order: of runs that are alike in all else, the lowest first.
 */
function nextPair(model, sets, order) {
  const inOrder = sets.map((runs) => [...runs].sort((a, b) => order(a) - order(b)));
  const known = inOrder.map((runs) => runs.filter((run) => model.touched.has(run)));
  const fresh = inOrder.map((runs) => runs.filter((run) => !model.touched.has(run)));
  // Nothing tells more than two runs of which nothing is known.
  const firsts = fresh.filter((runs) => runs.length > 1).sort(([a], [b]) => order(a) - order(b));
  if (firsts.length) return firsts[0].slice(0, 2);
  const count = model.theta.length;
  const compared = new Set();
  for (const { left, right } of model.answers) {
    compared.add(left * count + right);
    compared.add(right * count + left);
  }
  let [best, pair] = [0, null];
  known.forEach((some, at) => {
    const members = leastKnown(model, some);
    const columns = members.map((run) => covariance(model, [run]));
    for (const run of fresh[at]) {
      members.push(run);
      columns.push(null);
    }
    members.forEach((i, a) => {
      members.slice(0, a).forEach((j, b) => {
        if (compared.has(i * count + j)) return;
        const [own, other] = [columns[a]?.[i] ?? PRIOR ** 2, columns[b][j]];
        const variance = own + other - 2 * columns[b][i];
        const p = chance(model.theta[i] - model.theta[j]);
        const gain = Number((p * (1 - p) * variance).toFixed(9));
        if (gain > best) [best, pair] = [gain, [j, i]];
      });
    });
  });
  return pair;
}

function leastKnown({ theta, answers }, runs) {
  if (runs.length <= MOST) return [...runs];
  const information = new Float64Array(theta.length);
  for (const { left, right } of answers) {
    const p = chance(theta[left] - theta[right]);
    information[left] += p * (1 - p);
    information[right] += p * (1 - p);
  }
  return [...runs].sort((a, b) => information[a] - information[b]).slice(0, MOST);
}
