"""Exercise `cifg_forward` of lesson 03."""

import numpy as np

from cifg_edu.cifg import cifg_forward
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name


def _cases(rng: np.random.Generator) -> list[Case]:
    def case(title: str, T: int, B: int, D: int, H: int, start: float = 1.0) -> Case:
        x = rng.normal(size=(T, B, D))
        h0, c0 = start * rng.uniform(-0.7, 0.7, size=(2, B, H))
        Wx, Wh = rng.normal(size=(D, 3 * H)), rng.normal(size=(H, 3 * H))
        return Case(title, (x, h0, c0, Wx, Wh, rng.normal(size=3 * H)))

    zeros = case("T = 6 steps from h0 = 0 and c0 = 0; Wx, Wh and b by name", 6, 2, 3, 4, start=0.0)
    wide = case("more sequences than steps: T = 3, B = 5; each argument by its name", 3, 5, 2, 4)
    return [
        case("T = 4 steps of B = 3 sequences, D = 5, H = 2, with h0 and c0", 4, 3, 5, 2),
        zeros._replace(arguments=by_name(zeros.arguments, "Wx", "Wh", "b")),
        wide._replace(arguments=by_name(wide.arguments, "x", "h0", "c0", "Wx", "Wh", "b")),
        case("a single step, T = 1", 1, 2, 4, 3),
    ]


_STEP = "h_prev, c_prev, cache = cifg_step(x_t, h_prev, c_prev, Wx, Wh, b)"


_ARGUMENTS = "cifg_step(x_t, h_prev, c_prev, Wx"


_RETURN = "return (np.array(h), np.array(c), caches)"


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    x, zeros = rng.normal(size=(6, 2, 4)), np.zeros((2, 3))
    weights = rng.normal(size=(4, 9)), rng.normal(size=(3, 9)), rng.normal(size=9)
    whole, _, _ = f(x, zeros, zeros, *weights)
    h, c, _ = f(x[:2], zeros, zeros, *weights)
    rest, _, _ = f(x[2:], h[-1], c[-1], *weights)
    return (
        f"By {np.abs(whole[-1] - rest[-1]).max():.1g}. All that a step knows of the past is h and "
        "c."
    )


EXERCISE = Exercise(
    reference=cifg_forward,
    lesson=3,
    place=1,
    stars=2,
    outputs=("h", "c", "caches"),
    make_cases=_cases,
    hints=(
        "A loop over time with cifg_step inside. What a step returns as h and c is what the next "
        "step takes as h_prev and c_prev, and all of it goes into three lists.",
        "Start with h_prev, c_prev = h0, c0. A loop `for x_t in x` goes along the first axis, "
        "which is time. Inside, let cifg_step give new values to the names h_prev, c_prev and "
        "cache, and append each to its list. At the end np.array(h) stacks the T arrays (B, H) "
        "into one of shape (T, B, H).",
        "h, c, caches = [], [], []\n"
        "h_prev, c_prev = h0, c0\n"
        "for x_t in x:\n"
        "    h_prev, c_prev, cache = cifg_step(x_t, h_prev, c_prev, Wx, Wh, b)\n"
        "    h.append(h_prev)\n"
        "    c.append(c_prev)\n"
        "    caches.append(cache)\n"
        "return np.array(h), np.array(c), caches",
    ),
    mutants=(
        Mutant(
            "h is not carried: each step begins from h0, and it must begin from the h of the step "
            "before.",
            {_ARGUMENTS: "cifg_step(x_t, h0, c_prev, Wx"},
        ),
        Mutant(
            "c is not carried: each step begins from c0, and it must begin from the c of the step "
            "before.",
            {_ARGUMENTS: "cifg_step(x_t, h_prev, c0, Wx"},
        ),
        Mutant(
            "every step starts from h0 and c0 again, so nothing is remembered: pass on what the "
            "step before returned.",
            {_ARGUMENTS: "cifg_step(x_t, h0, c0, Wx"},
        ),
        Mutant(
            "h_prev and c_prev have changed places in the call of cifg_step: its order is x, "
            "h_prev, c_prev.",
            {_ARGUMENTS: "cifg_step(x_t, c_prev, h_prev, Wx"},
        ),
        Mutant(
            "h0 and c0 are ignored, and the sequence starts from zeros: start from what arrives.",
            {"h_prev, c_prev = (h0, c0)": "h_prev, c_prev = (np.zeros_like(h0), 0 * c0)"},
        ),
        Mutant(
            "at t = 0 the index t - 1 is -1, which is the last row and no error: the first step "
            "must begin from h0 and c0.",
            {
                "h, c, caches = ([], [], [])": (
                    "h, c = (np.zeros((len(x), *h0.shape)), np.zeros((len(x), *c0.shape)))\n"
                    "    caches = []"
                ),
                "for x_t in x:": "for t, x_t in enumerate(x):",
                _STEP: "h[t], c[t], cache = cifg_step(x_t, h[t - 1], c[t - 1], Wx, Wh, b)",
                "h.append(h_prev)": "pass",
                "c.append(c_prev)": "pass",
            },
        ),
        Mutant(
            "only h0 is used and the cell starts from zeros: start it from c0.",
            {"h_prev, c_prev = (h0, c0)": "h_prev, c_prev = (h0, 0 * c0)"},
        ),
        Mutant(
            "h0 and c0 have changed places at the start.",
            {"h_prev, c_prev = (h0, c0)": "h_prev, c_prev = (c0, h0)"},
        ),
        Mutant(
            "only the last step is returned: collect h and c of every step in lists.",
            {_RETURN: "return (h_prev, c_prev, caches)"},
        ),
        Mutant(
            "the steps are stacked along the second axis: time comes first, (T, B, H).",
            {_RETURN: "return (np.stack(h, axis=1), np.stack(c, axis=1), caches)"},
        ),
        Mutant(
            "the steps are joined end to end into one long array: stack them along a new first "
            "axis, with np.array or np.stack.",
            {_RETURN: "return (np.concatenate(h), np.concatenate(c), caches)"},
        ),
        Mutant(
            "h and c are still lists: np.array(h) makes one array of shape (T, B, H) of them.",
            {_RETURN: "return (h, c, caches)"},
        ),
        Mutant(
            "the sequence is read from its end to its start: the first step is x[0].",
            {"in x:": "in x[::-1]:"},
        ),
        Mutant(
            "the loop goes over the batch, x[:, n]: time is the first axis, so loop over x itself.",
            {"in x:": "in x.swapaxes(0, 1):"},
        ),
        Mutant(
            "the number of steps is taken from the batch, x.shape[1]: there are T = x.shape[0] of "
            "them.",
            {"in x:": "in (x[t] for t in range(x.shape[1])):"},
        ),
        Mutant(
            "the first step is missing: range(1, T) begins at the second, range(T) at the first.",
            {"in x:": "in x[1:]:"},
        ),
        Mutant(
            "c holds h once more: append the cell to the list c.",
            {"c.append(c_prev)": "c.append(h_prev)"},
        ),
        Mutant(
            "h holds c: append the output to the list h.",
            {"h.append(h_prev)": "h.append(c_prev)"},
        ),
        Mutant(
            "h and c come out last step first: keep the order of time.",
            {_RETURN: "return (np.array(h[::-1]), np.array(c[::-1]), caches)"},
        ),
        Mutant(
            "h and c have the batch first: time is the first axis, in x and in what is returned, "
            "so give (T, B, H).",
            {_RETURN: "return (np.array(h).swapaxes(0, 1), np.array(c), caches)"},
        ),
        Mutant(
            "what step t returned as h and c is taken the wrong way round: cifg_step returns h, c, "
            "cache.",
            {"h_prev, c_prev, cache = cifg_step": "c_prev, h_prev, cache = cifg_step"},
        ),
        Mutant(
            "the last step is missing: range(T - 1) stops too early, range(T) goes to T - 1.",
            {"in x:": "in x[:-1]:"},
        ),
        Mutant(
            "each step gets the whole of x: it should get its own slice x[t], of shape (B, D).",
            {"cifg_step(x_t,": "cifg_step(x,"},
        ),
        Mutant(
            "every step gets the first input, x[0]: x[t] moves on with the time.",
            {"cifg_step(x_t,": "cifg_step(x[0],"},
        ),
        Mutant(
            "the state is noted before the step instead of after it, so all is one step late and "
            "the last output is lost.",
            {
                "h_prev, c_prev, cache =": "h_new, c_new, cache =",
                "caches.append(cache)": "caches.append(cache)\n        "
                "h_prev, c_prev = (h_new, c_new)",
            },
        ),
        Mutant(
            "h0 and c0 stand in front of the outputs, which makes T + 1 rows: the first row is "
            "what step 1 gives.",
            {"h, c, caches = ([], [], [])": "h, c, caches = ([h0], [c0], [])"},
        ),
        Mutant(
            "h0 and c0 are overwritten in place (h_prev[:] = ...), and each entry of the lists is "
            "that same array: let the name h_prev stand for the new array, h_prev = ...",
            {"h_prev, c_prev, cache =": "h_prev[:], c_prev[:], cache ="},
        ),
        *(
            Mutant(
                f"h_prev and c_prev are filled in place (h_prev[:] = ...), and {what} that same "
                "array: let the name h_prev stand for the new array, h_prev = ...",
                {
                    "h_prev, c_prev = (h0, c0)": "h_prev, c_prev = (h0.copy(), c0.copy())",
                    "h_prev, c_prev, cache =": "h_prev[:], c_prev[:], cache =",
                    **kept,
                },
            )
            for what, kept in (
                (
                    "each cache holds",
                    {
                        "h.append(h_prev)": "h.append(h_prev.copy())",
                        "c.append(c_prev)": "c.append(c_prev.copy())",
                    },
                ),
                ("each entry of the lists is", {}),
            )
        ),
        Mutant(
            "the last step's cache stands in the list T times: append each step's cache inside "
            "the loop.",
            {_RETURN: "return (np.array(h), np.array(c), [cache] * len(x))"},
        ),
        Mutant(
            "the caches are missing: return three things, h, c and the list of caches.",
            {_RETURN: "return (np.array(h), np.array(c))"},
        ),
        Mutant(
            "only the last step's cache is returned: the way back needs one for each step, in a "
            "list.",
            {_RETURN: "return (np.array(h), np.array(c), cache)"},
        ),
        Mutant(
            "the list of caches holds only the last one: append to it, do not make a new one.",
            {"caches.append(cache)": "caches = [cache]"},
        ),
        Mutant(
            "the list of caches is empty: append each step's cache inside the loop.",
            {"caches.append(cache)": "pass"},
        ),
        Mutant(
            "the caches are in reverse order: keep the first step first, the way back turns round "
            "by itself.",
            {"caches.append(cache)": "caches.insert(0, cache)"},
        ),
        Mutant(
            "h and c have changed places in the return: the order is h, c, caches.",
            {_RETURN: "return (np.array(c), np.array(h), caches)"},
        ),
    ),
    question=Question(
        "Read a sequence whole, then in two windows with the state carried over. By how "
        "much do the last h differ?",
        _ask,
    ),
)
