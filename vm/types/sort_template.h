// SPDX-License-Identifier: MIT
//
// A stable merge sort over natural runs, included once per kind of item by list_sort.c. The order of merges is
// powersort's (J. I. Munro, S. Wild, "Nearly-Optimal Mergesorts", 2018); galloping is Tim Peters' (listsort.txt, 2002).
//
// The includer defines
//   SORT_NAME(x)         the name of function x of this instance
//   SORT_ITEM            what is moved
//   SORT_LESS(s, a, b)   a < b of two SORT_ITEMs: 1, 0, or -1 when the comparison raised
//   SORT_SCRIPTS         1: comparing may run scripts and fail, few comparisons matter most: galloping merges;
//                        0: comparing is a few instructions: merges without branches that cannot be predicted
// Invariant of all functions: when one fails, the items are still all there, in some order.

// Length of the run that starts at a; a descending run (strictly, so that it can be turned round) is reversed. -1:
// error.
static int64_t SORT_NAME(count_run)(Sort *s, SORT_ITEM *a, int64_t n)
{
    (void)s;
    if (n < 2)
        return n;
    int less = SORT_LESS(s, a[1], a[0]);
    int64_t i = 2;
    if (less < 0)
        return -1;
    bool descending = less;
    for (; i < n; i++) {
        less = SORT_LESS(s, a[i], a[i - 1]);
        if (less < 0)
            return -1;
        if (less != descending)
            break;
    }
    if (descending) {
        for (int64_t x = 0, y = i - 1; x < y; x++, y--) {
            SORT_ITEM swap = a[x];
            a[x] = a[y];
            a[y] = swap;
        }
    }
    return i;
}

// Sorts a[0 .. n) of which a[0 .. start) is sorted.
static bool SORT_NAME(insert)(Sort *s, SORT_ITEM *a, int64_t n, int64_t start)
{
    (void)s;
    for (int64_t i = start; i < n; i++) {
        SORT_ITEM pivot = a[i];
#if SORT_SCRIPTS
        int64_t low = 0, high = i;
        while (low < high) {
            int64_t mid = (low + high) / 2;
            int less = SORT_LESS(s, pivot, a[mid]);
            if (less < 0)
                return false;
            if (less)
                high = mid;
            else
                low = mid + 1;
        }
        memmove(a + low + 1, a + low, (size_t)(i - low) * sizeof *a);
        a[low] = pivot;
#else
        int64_t j = i;
        for (; j > 0 && SORT_LESS(s, pivot, a[j - 1]); j--)
            a[j] = a[j - 1];
        a[j] = pivot;
#endif
    }
    return true;
}

// How many items at the start of a[0 .. n) go before key: those <= key (right) or < key. Searches in growing steps from
// the start or the end, wherever the answer is expected. -1: error.
static int64_t SORT_NAME(gallop)(Sort *s, SORT_ITEM key, const SORT_ITEM *a, int64_t n, bool right, bool from_end)
{
    int64_t low = 0, high = n, probe = from_end ? n - 1 : 0, step = 1;
    (void)s;
    while (probe >= 0 && probe < n) {
        int less = right ? SORT_LESS(s, key, a[probe]) : SORT_LESS(s, a[probe], key);
        if (less < 0)
            return -1;
        bool before = right ? !less : less;
        if (before)
            low = probe + 1;
        else
            high = probe;
        if (before == from_end)
            break;
        probe += from_end ? -step : step;
        step *= 2;
    }
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        int less = right ? SORT_LESS(s, key, a[mid]) : SORT_LESS(s, a[mid], key);
        if (less < 0)
            return -1;
        if (right ? !less : less)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

#if SORT_SCRIPTS

// Merges the left run, copied to l, with the right run r that follows the gap at out. Both are not empty.
static bool SORT_NAME(merge_forward)(Sort *s, SORT_ITEM *out, const SORT_ITEM *l, int64_t nl, SORT_ITEM *r, int64_t nr)
{
    bool ok = true;
    int64_t wins_l, wins_r;
    for (;;) {
        wins_l = wins_r = 0;
        while (wins_l < s->min_gallop && wins_r < s->min_gallop) {
            int less = SORT_LESS(s, *r, *l);
            if (less < 0)
                goto failed;
            if (less) {
                *out++ = *r++;
                wins_r++;
                wins_l = 0;
                if (--nr == 0)
                    goto done;
            } else {
                *out++ = *l++;
                wins_l++;
                wins_r = 0;
                if (--nl == 0)
                    goto done;
            }
        }
        do {
            wins_l = SORT_NAME(gallop)(s, *r, l, nl, true, false);
            if (wins_l < 0)
                goto failed;
            memcpy(out, l, (size_t)wins_l * sizeof *l);
            out += wins_l, l += wins_l, nl -= wins_l;
            if (nl == 0)
                goto done;
            *out++ = *r++;
            if (--nr == 0)
                goto done;
            wins_r = SORT_NAME(gallop)(s, *l, r, nr, false, false);
            if (wins_r < 0)
                goto failed;
            memmove(out, r, (size_t)wins_r * sizeof *r);
            out += wins_r, r += wins_r, nr -= wins_r;
            if (nr == 0)
                goto done;
            *out++ = *l++;
            if (--nl == 0)
                goto done;
            if (s->min_gallop > 1)
                s->min_gallop--;
        } while (wins_l >= MIN_GALLOP || wins_r >= MIN_GALLOP);
        s->min_gallop += 2;
    }
failed:
    ok = false;
done:
    memcpy(out, l, (size_t)nl * sizeof *l);
    return ok;
}

// The same from the other end: the right run is copied to r, the gap ends before `out`, the left run l is in place.
static bool SORT_NAME(merge_backward)(Sort *s, SORT_ITEM *out, SORT_ITEM *l, int64_t nl, const SORT_ITEM *r, int64_t nr)
{
    bool ok = true;
    int64_t wins_l, wins_r;
    for (;;) {
        wins_l = wins_r = 0;
        while (wins_l < s->min_gallop && wins_r < s->min_gallop) {
            int less = SORT_LESS(s, r[nr - 1], l[nl - 1]);
            if (less < 0)
                goto failed;
            if (less) {
                *--out = l[--nl];
                wins_l++;
                wins_r = 0;
                if (nl == 0)
                    goto done;
            } else {
                *--out = r[--nr];
                wins_r++;
                wins_l = 0;
                if (nr == 0)
                    goto done;
            }
        }
        do {
            int64_t keep = SORT_NAME(gallop)(s, r[nr - 1], l, nl, true, true);
            if (keep < 0)
                goto failed;
            wins_l = nl - keep;
            out -= wins_l, nl = keep;
            memmove(out, l + nl, (size_t)wins_l * sizeof *l);
            if (nl == 0)
                goto done;
            *--out = r[--nr];
            if (nr == 0)
                goto done;
            keep = SORT_NAME(gallop)(s, l[nl - 1], r, nr, false, true);
            if (keep < 0)
                goto failed;
            wins_r = nr - keep;
            out -= wins_r, nr = keep;
            memcpy(out, r + nr, (size_t)wins_r * sizeof *r);
            if (nr == 0)
                goto done;
            *--out = l[--nl];
            if (nl == 0)
                goto done;
            if (s->min_gallop > 1)
                s->min_gallop--;
        } while (wins_l >= MIN_GALLOP || wins_r >= MIN_GALLOP);
        s->min_gallop += 2;
    }
failed:
    ok = false;
done:
    memcpy(out - nr, r, (size_t)nr * sizeof *r);
    return ok;
}

#else

static bool SORT_NAME(merge_forward)(Sort *s, SORT_ITEM *out, const SORT_ITEM *l, int64_t nl, SORT_ITEM *r, int64_t nr)
{
    const SORT_ITEM *l_end = l + nl, *r_end = r + nr, *right = r;
    (void)s;
    while (l < l_end && right < r_end) {
        bool take = SORT_LESS(s, *right, *l);
        *out++ = *(take ? right : l);
        right += take;
        l += !take;
    }
    memcpy(out, l, (size_t)(l_end - l) * sizeof *l);
    return true;
}

static bool SORT_NAME(merge_backward)(Sort *s, SORT_ITEM *out, SORT_ITEM *l, int64_t nl, const SORT_ITEM *r, int64_t nr)
{
    const SORT_ITEM *left = l + nl, *right = r + nr; // one past the next item
    (void)s;
    while (left > l && right > r) {
        bool take = SORT_LESS(s, right[-1], left[-1]);
        *--out = take ? left[-1] : right[-1];
        left -= take;
        right -= !take;
    }
    nr = right - r;
    memcpy(out - nr, r, (size_t)nr * sizeof *r);
    return true;
}

#endif

// Merges two adjacent runs a[0 .. na) and a[na .. na + nb).
static bool SORT_NAME(merge)(Sort *s, SORT_ITEM *a, int64_t na, int64_t nb)
{
    SORT_ITEM *b = a + na;
    int64_t skip = SORT_NAME(gallop)(s, b[0], a, na, true, false); // these are in place already
    if (skip < 0)
        return false;
    a += skip;
    na -= skip;
    if (na == 0)
        return true;
    nb = SORT_NAME(gallop)(s, a[na - 1], b, nb, false, true);
    if (nb <= 0)
        return nb == 0;
    SORT_ITEM *temp = sort_temp(s, na < nb ? na : nb, sizeof *a);
    if (!temp)
        return false;
    memcpy(temp, na < nb ? a : b, (size_t)(na < nb ? na : nb) * sizeof *a);
    sort_barrier(s);
    if (na < nb)
        return SORT_NAME(merge_forward)(s, a, temp, na, b, nb);
    return SORT_NAME(merge_backward)(s, b + nb, a, na, temp, nb);
}

static bool SORT_NAME(merge_top)(Sort *s, SORT_ITEM *items)
{
    SortRun *x = &s->runs[s->run_count - 2], *y = x + 1;
    int64_t base = x->base, na = x->length, nb = y->length;
    x->length += nb;
    s->run_count--;
    return vm_tick(s->vm) && SORT_NAME(merge)(s, items + base, na, nb);
}

static bool SORT_NAME(sort)(Sort *s, SORT_ITEM *items, int64_t n)
{
    int64_t shortest = sort_shortest_run(n);
    for (int64_t low = 0; low < n;) {
        int64_t length = SORT_NAME(count_run)(s, items + low, n - low);
        if (length < 0)
            return false;
        if (length < shortest) {
            int64_t wanted = n - low < shortest ? n - low : shortest;
            if (!SORT_NAME(insert)(s, items + low, wanted, length))
                return false;
            length = wanted;
        }
        if (s->run_count) {
            SortRun *top = &s->runs[s->run_count - 1];
            int power = node_power(top->base, top->length, length, n);
            while (s->run_count > 1 && s->runs[s->run_count - 2].power > power)
                if (!SORT_NAME(merge_top)(s, items))
                    return false;
            s->runs[s->run_count - 1].power = power;
        }
        s->runs[s->run_count++] = (SortRun){low, length, 0};
        low += length;
    }
    while (s->run_count > 1)
        if (!SORT_NAME(merge_top)(s, items))
            return false;
    return true;
}

#undef SORT_NAME
#undef SORT_ITEM
#undef SORT_LESS
#undef SORT_SCRIPTS
