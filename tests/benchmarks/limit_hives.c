/* The practical limit of this machine for hives that decide one bee at a time, hives of two rules and bees
   with memory: each law simulated exactly, hand-written C, one core, one hive after another.  Prints ns per
   unit of work, one bee's turn, and the mean share of the best option over the runs and steps.
   With --check it prints instead what small hives do, for comparison with exact numbers.
   cc -O3 -march=native -o limit_hives limit_hives.c -lm && ./limit_hives                                     */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
typedef uint64_t u64; typedef uint32_t u32;
static u64 s[4] = {1234567, 987654321, 555555555555ULL, 42424242};
static inline u64 rotl(u64 x, int k) { return (x << k) | (x >> (64 - k)); }
static inline u64 next(void) { u64 r = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
  s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45); return r; }
static inline double u01(void) { return (next() >> 11) * 0x1.0p-53; }
static inline u32 below(u32 n) { return (u32)(((next() >> 32) * (u64)n) >> 32); }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
enum { K = 10, MAXN = 1 << 17, MAXM = 64, LAST = 10 };
static int op[MAXN], nw[MAXN], perm[MAXN]; static double pay[MAXN], q[K], gap = 0.1;
static double mean[MAXN], count[MAXN];  /* a bee's memory */
static double reward(int k) { return q[k] + gap * (2 * u01() - 1); }
static void pull(int N) { for (int i = 0; i < N; i++) pay[i] = reward(op[i]); }
static void pull_and_dance(int N) { for (int i = 0; i < N; i++) { double r = reward(op[i]);
  count[i] = count[i] < LAST ? count[i] + 1 : LAST; mean[i] += (r - mean[i]) / count[i]; } }
static int best_share(int N) { int c = 0; for (int i = 0; i < N; i++) c += op[i] == K - 1; return c; }

/* One at a time.  In a turn the bee hears, decides, adopts and pulls; its payoff then stays until its next turn. */

/* a random one of the others, with its payoff r[j] (at most 1) as the chance to be taken, else another one */
static inline int by_payoff(int N, int i, const double *r) { int j; double u;
  do { u64 w = next(); int x = (int)(((w >> 32) * (u64)(N - 1)) >> 32); j = x + (x >= i); u = (w & 0xffffffffULL) * 0x1.0p-32; } while (u >= r[j]);
  return j; }
/* weighted voter, all others, `turns` turns */
static void wvr_all_turns(int N, int turns) {
  for (int t = 0; t < turns; t++) { int i = below(N); op[i] = op[by_payoff(N, i, pay)]; pay[i] = reward(op[i]); } }
/* the same law: an option by its summed payoff, without the bee's own; the sums follow each turn, and are summed anew in each call */
static void wvr_sums_turns(int N, int turns) { double S[K] = {0}, c = 0; for (int i = 0; i < N; i++) { S[op[i]] += pay[i]; c += pay[i]; }
  for (int t = 0; t < turns; t++) { int i = below(N), k = 0; S[op[i]] -= pay[i]; c -= pay[i];
    double u = u01() * c; while (k < K - 1 && (u -= S[k]) >= 0) k++;
    op[i] = k; pay[i] = reward(k); S[k] += pay[i]; c += pay[i]; } }
/* weighted voter, M random distinct others */
static void wvr_turns(int N, int M, int turns) {
  for (int t = 0; t < turns; t++) { int i = below(N), o[MAXM]; double tot = 0, w[MAXM]; o[0] = op[i];
    for (int m = 0; m < M; m++) { int k = m + below(N - 1 - m), x = perm[k]; perm[k] = perm[m]; perm[m] = x; int j = x + (x >= i);
      o[m] = op[j]; w[m] = pay[j]; tot += w[m]; }
    double u = u01() * tot; int m = 0; while (m < M - 1 && (u -= w[m]) >= 0) m++;
    op[i] = o[m]; pay[i] = reward(op[i]); } }
static void success_turns(int N, int turns) {
  for (int t = 0; t < turns; t++) { int i = below(N); u64 r = next(); int x = (int)(((r >> 32) * (u64)(N - 1)) >> 32), j = x + (x >= i);
    double u = (r & 0xffffffffULL) * 0x1.0p-32; op[i] = u < pay[j] ? op[j] : op[i]; pay[i] = reward(op[i]); } }

/* All together.  Weighted voters hear what all others show, r; the bees from `voters` on are stubborn. */
static inline void voters_step(int N, int voters, const double *r) { for (int i = 0; i < voters; i++) nw[i] = op[by_payoff(N, i, r)]; }
static void mixed_step(int N, int voters) { voters_step(N, voters, pay); memcpy(op, nw, voters * sizeof(int)); pull(N); }
/* a bee shows the mean of its last payoffs from its option, and forgets them where it changes its option */
static void memory_step(int N) { voters_step(N, N, mean);
  for (int i = 0; i < N; i++) { count[i] = nw[i] == op[i] ? count[i] : 0; op[i] = nw[i]; } pull_and_dance(N); }

enum { WVR_ALL, WVR_SUMS, WVR_M, SUCCESS, ONE_RULE, TWO_RULES, MEMORY };
static inline void step(int law, int N, int M, int turns) { switch (law) {
  case WVR_ALL: wvr_all_turns(N, turns); break; case WVR_SUMS: wvr_sums_turns(N, turns); break;
  case WVR_M: wvr_turns(N, M, turns); break; case SUCCESS: success_turns(N, turns); break;
  case ONE_RULE: mixed_step(N, N); break; case TWO_RULES: mixed_step(N, M); break; default: memory_step(N); } }
static void begin(int law, int N) { for (int i = 0; i < N; i++) { perm[i] = i; count[i] = mean[i] = 0; } if (law == MEMORY) pull_and_dance(N); else pull(N); }
/* the mean share of the best of ten options, over hives and steps 1, 2, ... */
static double run(int law, int N, int M, int hives, int steps) { double acc = 0; for (int k = 0; k < K; k++) q[k] = 0.4 + 0.3 * k / (K - 1);
  for (int h = 0; h < hives; h++) { for (int i = 0; i < N; i++) op[i] = i % K; begin(law, N);
    for (int t = 0; t < steps; t++) { step(law, N, M, N); acc += best_share(N); } }
  return acc / ((double)N * hives * steps); }

/* Small hives: options K-2 and K-1 pay 0.6 and 0.9 without noise, the first n of N bees start on the better one. */
static void small(int law, int N, int n) { gap = 0; q[K - 2] = 0.6; q[K - 1] = 0.9; for (int i = 0; i < N; i++) op[i] = i < n ? K - 1 : K - 2; begin(law, N); }
/* runs to consensus, one turn (or step) after another: how often on the better option, and the mean number of turns */
static void check_consensus(const char *label, int law, int N, int M, int n) { int R = 400000; double won = 0, turns = 0, squares = 0;
  for (int r = 0; r < R; r++) { small(law, N, n); double t = 0; int b = n; for (; b % N; t++) { step(law, N, M, 1); b = best_share(N); } won += b == N; turns += t; squares += t * t; }
  double p = won / R, m = turns / R; printf("%s: won %.6f +- %.6f, turns %.5f +- %.5f\n", label, p, sqrt(p * (1 - p) / R), m, sqrt((squares / R - m * m) / R)); }
/* the mean number of bees on the better option after `steps` steps */
static void check_mean(const char *label, int law, int N, int M, int n, int steps) { int R = 400000; double sum = 0, squares = 0;
  for (int r = 0; r < R; r++) { small(law, N, n); for (int t = 0; t < steps; t++) step(law, N, M, N); double b = best_share(N); sum += b; squares += b * b; }
  double m = sum / R; printf("%s: best %.6f +- %.6f\n", label, m, sqrt((squares / R - m * m) / R)); }
/* all bees on one option whose rewards have noise: the variance of what they show after `pulls` pulls, in units of one
   reward's variance, and the share of bees that pull in one more step */
static void check_pulls(const char *label, int law, int pulls) { int N = 100000; double squares = 0, fresh = 0; small(law, N, N); gap = 0.1; begin(law, N);
  for (int t = 1; t < pulls; t++) step(law, N, 0, N);
  const double *r = law == MEMORY ? mean : pay; static double old[MAXN]; memcpy(old, r, N * sizeof(double));
  for (int i = 0; i < N; i++) { double d = r[i] - 0.9; squares += d * d; }
  step(law, N, 0, N); for (int i = 0; i < N; i++) fresh += r[i] != old[i];
  double v = squares / N / (0.01 / 3), f = fresh / N; printf("%s: spread %.6f +- %.6f, fresh %.6f +- %.6f\n", label, v, v * sqrt(2.0 / N), f, sqrt(f * (1 - f) / N)); }
static void check(void) {
  check_consensus("async success", SUCCESS, 10, 0, 5); check_consensus("async success, 1", SUCCESS, 10, 0, 1);
  check_consensus("async wvr all", WVR_ALL, 10, 0, 5); check_consensus("async wvr sums", WVR_SUMS, 10, 0, 5);
  check_consensus("async wvr M=3", WVR_M, 10, 3, 5); check_consensus("async wvr M=10", WVR_M, 20, 10, 3);
  check_mean("async success, 3 steps", SUCCESS, 10, 0, 4, 3); check_mean("async wvr all, 3 steps", WVR_ALL, 10, 0, 4, 3);
  check_mean("async wvr sums, 3 steps", WVR_SUMS, 10, 0, 4, 3); check_mean("async wvr M=3, 3 steps", WVR_M, 10, 3, 4, 3);
  check_mean("two rules", TWO_RULES, 10, 8, 4, 3); check_mean("one rule", ONE_RULE, 10, 0, 4, 3); check_mean("memory", MEMORY, 10, 0, 4, 3);
  check_pulls("memory, 1 pull", MEMORY, 1); check_pulls("memory, 5 pulls", MEMORY, 5); check_pulls("async wvr all, 5 steps", WVR_ALL, 5);
  check_pulls("async wvr sums, 5 steps", WVR_SUMS, 5); check_pulls("async success, 5 steps", SUCCESS, 5); }

#define TIME(label, law, N, M, hives, steps) do { double b = 1e9, a = 0; for (int rep = 0; rep < 5; rep++) { double t0 = now(); a += run(law, N, M, hives, steps) / 5; double d = now() - t0; if (d < b) b = d; } \
  printf("%-26s %9.2f ns/unit   (check %.6g)\n", label, b / ((double)(N) * (hives) * (steps)) * 1e9, a); } while (0)
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--check")) { check(); return 0; }
  TIME("async wvr M=all", WVR_ALL, 1000, 0, 20, 50);
  TIME("async wvr M=all, sums", WVR_SUMS, 1000, 0, 20, 50);
  TIME("async wvr M=10", WVR_M, 1000, 10, 20, 50);
  TIME("async success", SUCCESS, 1000, 0, 20, 50);
  TIME("one rule M=all", ONE_RULE, 1000, 0, 20, 50);
  TIME("two rules M=all", TWO_RULES, 1000, 900, 20, 50);
  TIME("memory and dance M=all", MEMORY, 1000, 0, 20, 50);
  TIME("async wvr N=100000", WVR_ALL, 100000, 0, 1, 10);
  TIME("async wvr N=100000, sums", WVR_SUMS, 100000, 0, 1, 10);
  return 0; }
