// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/draw_formula.hpp"

#include <string>

namespace drawn {

int formula_drawer::region() {
  for (;;) {
    const int i = random_.below(static_cast<int>(region_table().size()));
    if (usable(region_table()[static_cast<std::size_t>(i)], kernel_)) return i;
  }
}

int formula_drawer::partition() {
  for (;;) {
    const int i = random_.below(static_cast<int>(partition_list().size()));
    if (usable(partition_list()[static_cast<std::size_t>(i)], kernel_)) return i;
  }
}

int formula_drawer::add_phrase(const phrase& p) {
  body_.phrases.push_back(p);
  return static_cast<int>(body_.phrases.size()) - 1;
}
int formula_drawer::two(word what, int a, int b) {
  if (is_number(a) && is_number(b)) a = tap();
  return add_phrase({.what = what, .a = a, .b = b});
}
int formula_drawer::one(word what, int a) { return add_phrase({.what = what, .a = expression(a)}); }
int formula_drawer::reduced(word what, int a, int over) {
  const bool in_groups = groups_ && over == everywhere && random_.chance(5);
  return add_phrase({.what = what, .a = expression(a), .region = over, .groups = in_groups ? partition() : everywhere});
}

double formula_drawer::any_number() {
  switch (random_.below(8)) {
    case 0:
    case 1:
    case 2:
      return random_.one_of({0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0});
    case 3:
      return static_cast<double>(kernel_.volume() * (1 + random_.below(4)));
    case 4:
      return random_.one_of({0.1, 0.3, 0.7, 1e-3, 1.0 / 3, -0.2, 5.0});
    case 5:
      return random_.one_of({1e-12, 1e16, 1e150, 1e-150, 1e300, -1e300, 1e-300, 9e-13, 1e308});
    case 6:
      return random_.one_of({1.000000000000001, 0.999999999999999, 1 + 0x1p-52, 1 - 0x1p-53, 1.000001});
    default:
      return random_.uniform(-2, 2);
  }
}

int formula_drawer::norm(int x) {
  const int over = maybe_region();
  switch (random_.below(8)) {
    case 0:
    case 1:
      return reduced(word::l1, x, over);
    case 2:
    case 3:
      return reduced(word::l2, x, over);
    case 4:
      return reduced(word::sum, x, over);
    case 5: {
      const int squares = reduced(word::sum_of_squares, x, over);
      return one(word::sqrt, random_.chance(50) ? squares : two(word::add, squares, add_phrase({.what = word::eps})));
    }
    case 6: {
      const int square = two(word::multiply, x, x);
      return one(word::sqrt, reduced(random_.chance(50) ? word::mean : word::sum, square, over));
    }
    default:
      return one(random_.chance(70) ? word::abs : word::sqrt,
                 reduced(random_.one_of({word::sum, word::mean, word::largest, word::smallest}), x, over));
  }
}

int formula_drawer::guarded(int x) {
  const int kind = random_.below(10);
  if (kind < 5) return x;
  if (kind < 9) return two(word::add, x, add_phrase({.what = word::eps}));
  return two(word::add, x, number(any_number()));
}

int formula_drawer::nearly(int x) {
  switch (random_.below(14)) {
    case 0:
      return one(word::abs, x);
    case 1:
      return two(word::max, x, number(any_number()));
    case 2:
      return two(word::multiply, x, number(any_number()));
    case 3:
      return two(word::add, x, number(any_number()));
    case 4:
      return hidden_nan(x);
    case 5:
      return one(word::negate, x);
    default:
      return x;
  }
}

int formula_drawer::may_be_nan(int x) {
  x = expression(x);
  switch (random_.below(9)) {
    case 8:
      return one(word::log, random_.chance(50) ? reduced(word::sum, x) : x);
    case 0:
    case 1:
      return one(word::sqrt, x);
    case 2:
      return one(word::sqrt, two(word::subtract, number(1), two(word::multiply, x, x)));
    case 3:
      return one(word::sqrt, reduced(word::sum, x));
    case 4: {
      const int s = random_.chance(50) ? reduced(word::sum, x) : x;
      return two(word::divide, s, s);
    }
    case 5: {
      const int r = one(word::sqrt, random_.chance(50) ? reduced(word::sum, x) : x);
      return two(word::divide, r, r);
    }
    case 6:
      return two(word::divide, two(word::subtract, x, x), two(word::subtract, x, x));
    default:
      return one(word::sqrt, one(word::negate, random_.chance(50) ? reduced(word::l1, x) : one(word::square, x)));
  }
}

/// A number although an operand may be NaN: comparisons let it vanish.
int formula_drawer::hidden_nan(int x) {
  int nan = may_be_nan(x);
  if (random_.chance(40))
    nan = two(random_.one_of({word::add, word::multiply, word::divide}), nan, number(any_number()));
  switch (random_.below(6)) {
    case 0:
    case 1:
      return two(word::max, expression(x), nan);
    case 2:
    case 3:
      return two(word::min, expression(x), nan);
    case 4: {
      const int c = two(random_.one_of({word::less, word::less_equal, word::greater}), x, nan);
      return random_.chance(50) ? add_phrase({.what = word::select, .a = c, .b = x, .c = nan})
                                : add_phrase({.what = word::select, .a = c, .b = nan, .c = x});
    }
    default:
      return two(random_.chance(50) ? word::max : word::min, nan, x);
  }
}

int formula_drawer::cancelling(int x) {
  x = expression(x);
  const int scaled =
      two(word::multiply, x,
          number(random_.one_of({1.000000000000001, 1 + 0x1p-52, 1 - 0x1p-53, 1.0001, 0.1, 0.3333333333333333})));
  int difference = two(word::subtract, scaled, random_.chance(70) ? x : two(word::multiply, x, number(any_number())));
  if (random_.chance(70)) {
    difference = two(word::multiply, difference, number(random_.one_of({1e16, 1e15, 1e12, 1e300, 3.0})));
  } else if (random_.chance(60)) {
    difference = two(word::divide, difference, guarded(norm(random_.chance(50) ? difference : x)));
  }
  return random_.chance(70) ? difference : two(word::add, difference, x);
}

/// x * min(1, c / norm).
int formula_drawer::capped(int x) {
  const int n = guarded(norm(nearly(x)));
  int over = random_.chance(70) ? number(random_.chance(50) ? 1 : any_number()) : may_be_nan(reduced(word::sum, x));
  int one_or_more = random_.chance(70) ? number(1) : two(word::add, reduced(word::l1, x), number(any_number()));
  const int ratio = two(word::divide, over, n);
  if (random_.chance(20)) return two(word::multiply, x, two(word::min, ratio, one_or_more));
  return two(word::multiply, x, two(word::min, one_or_more, ratio));
}

int formula_drawer::centred(int x) {
  const int over = maybe_region();
  switch (random_.below(5)) {
    case 0: {
      const double taps = static_cast<double>(kernel_.volume() * (random_.chance(60) ? 1 : 1 + random_.below(5)));
      return two(word::subtract, x, two(word::divide, reduced(word::sum, x, over), number(taps)));
    }
    case 1:
      return two(word::subtract, x, reduced(word::mean, nearly(x), over));
    default:
      return two(word::subtract, x, reduced(word::mean, x, over));
  }
}

int formula_drawer::pattern(int depth) {
  const int x = expression(random_.chance(55) ? tap() : any(depth - 1));
  switch (random_.below(23)) {
    case 21:
    case 22: {  // what stands above a threshold, of the values or of their sizes
      const int v = random_.chance(60) ? x : one(word::abs, x), over = maybe_region();
      const int total = random_.chance(70)   ? number(random_.one_of({1.0, 0.5, 0.1, 3.0, 1e-300, 1e300}))
                        : random_.chance(50) ? any_name()
                                             : reduced(word::l1, tap());
      if (random_.chance(60)) return add_phrase({.what = word::excess, .a = v, .b = total, .region = over});
      const int t = add_phrase({.what = word::threshold, .a = v, .b = total, .region = over});
      return random_.chance(30) ? t : two(word::max, two(word::subtract, v, t), number(0));
    }
    case 18:
      return two(word::multiply, x, table());
    case 19: {  // a weighted mean, or what has one taken off
      const int t = table(), over = maybe_region();
      const int mean = two(word::divide, reduced(word::sum, two(word::multiply, x, t), over),
                           reduced(word::sum, random_.chance(70) ? t : one(word::abs, t), over));
      return random_.chance(70) ? two(word::subtract, x, mean) : mean;
    }
    case 20: {  // a moment taken off, along the same table or along another
      const int t = table();
      const int along = random_.chance(70) ? t : table();
      const int size = reduced(word::sum, two(word::multiply, t, along));
      const int moment = two(word::divide, reduced(word::sum, two(word::multiply, x, t)), size);
      return two(word::subtract, x, two(word::multiply, along, moment));
    }
    case 16:
      return one(any_function(), x);
    case 17: {  // a softmax, mostly with the shift that keeps it in range
      const int over = maybe_region();
      const int shifted = random_.chance(70) ? two(word::subtract, x, reduced(word::largest, x, over)) : x;
      const int e = one(random_.chance(70) ? word::exp : any_function(), shifted);
      return two(word::divide, e, guarded(reduced(word::sum, e, over)));
    }
    case 0:
    case 1:
    case 2:
      return two(word::divide, x, guarded(norm(nearly(x))));
    case 3:
    case 4:
      return centred(x);
    case 5:
      return two(word::max, x, number(any_number()));
    case 6:
      return two(word::min, two(word::max, x, number(0)), number(1));
    case 7:
      return capped(x);
    case 8:
      return hidden_nan(x);
    case 9: {  // the root of a square is the magnitude
      const int t = random_.chance(50) ? x : hidden_nan(x);
      const int size = random_.chance(50) ? one(word::sqrt, two(word::multiply, t, t)) : one(word::abs, t);
      return two(random_.one_of({word::subtract, word::add, word::divide}), size, t);
    }
    case 10:
      return cancelling(x);
    case 11: {
      const int low = reduced(word::smallest, x, maybe_region());
      const int high = reduced(word::largest, x);
      return two(word::divide, two(word::subtract, x, low), guarded(two(word::subtract, high, low)));
    }
    case 12: {
      const int k = random_.chance(60) ? number(any_number()) : any_scalar(0);
      const int c =
          joined(two(random_.one_of({word::less, word::less_equal, word::greater, word::greater_equal}), x, k));
      return random_.chance(50) ? add_phrase({.what = word::select, .a = c, .b = k, .c = x})
                                : add_phrase({.what = word::select, .a = c, .b = x, .c = k});
    }
    case 13: {
      const int c = joined(add_phrase({.what = word::inside, .region = region()}));
      return add_phrase({.what = word::select, .a = c, .b = any(0), .c = x});
    }
    case 14: {
      const int s = random_.chance(50) ? x : norm(x);
      return two(word::multiply, x, two(word::divide, s, random_.chance(60) ? s : guarded(norm(x))));
    }
    default:
      return one(word::abs, random_.chance(50) ? x : hidden_nan(x));
  }
}

int formula_drawer::any_scalar(int depth) {
  const int x = depth > 0 ? any(depth - 1) : tap();
  const word what =
      random_.one_of({word::sum, word::mean, word::smallest, word::largest, word::l1, word::l2, word::sum_of_squares});
  return reduced(what, x, maybe_region());
}

/// The condition itself, or more often than chance would have it, one that it is a part of.
int formula_drawer::joined(int c) {
  switch (random_.below(6)) {
    case 0:
      return add_phrase({.what = word::negation, .a = c});
    case 1:
      return add_phrase({.what = word::conjunction, .a = c, .b = any_condition(0)});
    case 2:
      return add_phrase({.what = word::disjunction, .a = c, .b = any_condition(0)});
    default:
      return c;
  }
}

int formula_drawer::any_condition(int depth) {
  const int kind = random_.below(10);
  if (kind < 6 || depth <= 0) {
    const int x = expression(any(depth - 1));
    return two(random_.one_of({word::less, word::less_equal, word::greater, word::greater_equal}), x, any(depth - 1));
  }
  if (kind < 7) return add_phrase({.what = word::inside, .region = region()});
  const int a = any_condition(depth - 1);
  if (kind < 8) return add_phrase({.what = word::negation, .a = a});
  return add_phrase({.what = kind < 9 ? word::conjunction : word::disjunction, .a = a, .b = any_condition(depth - 1)});
}

int formula_drawer::arithmetic(int depth) {
  const int a = any(depth - 1);
  const int b = random_.chance(15) ? a : random_.chance(35) ? any_scalar(depth - 1) : any(depth - 1);
  return two(random_.one_of({word::add, word::subtract, word::multiply, word::divide}), a, b);
}

int formula_drawer::elementwise(int depth) {
  switch (random_.below(11)) {
    case 8:
    case 9:
    case 10:
      return one(any_function(), any(depth - 1));
    case 0:
      return one(word::negate, any(depth - 1));
    case 1:
      return one(word::abs, any(depth - 1));
    case 2:
      return one(word::square, any(depth - 1));
    case 3:
      return one(word::sqrt, any(depth - 1));
    case 4:
    case 5:
      return two(random_.chance(50) ? word::min : word::max, any(depth - 1), any(depth - 1));
    default: {
      const int c = any_condition(depth - 1);
      const int a = any(depth - 1);
      return add_phrase({.what = word::select, .a = c, .b = a, .c = any(depth - 1)});
    }
  }
}

/// A number of the prior, of any scope.
int formula_drawer::any_name() {
  return add_phrase({.what = word::parameter, .value = static_cast<double>(random_.below(named_count))});
}

int formula_drawer::any(int depth) {
  const int kind = random_.below(100);
  if (depth <= 0) {
    if (kind < 57) return tap();
    if (kind < 65) return table();
    if (kind < 80) return number(any_number());
    if (kind < 86) return any_name();
    return reduced(random_.one_of({word::sum, word::mean, word::l2, word::l1, word::largest}), tap(), maybe_region());
  }
  if (kind < 60) return pattern(depth);
  if (kind < 80) return arithmetic(depth);
  if (kind < 92) return elementwise(depth);
  return any_scalar(depth);
}

body formula_drawer::formula(int depth) {
  body_ = {};
  groups_ = true;
  body_.result = random_.chance(75) ? pattern(depth) : any(depth);
  if (random_.chance(15)) {
    const word how = random_.one_of({word::multiply, word::multiply, word::add, word::max, word::divide});
    body_.result =
        two(how, body_.result, random_.chance(80) ? any_name() : add_phrase({.what = word::exp, .a = any_name()}));
  }
  return body_;
}

step formula_drawer::named() {
  body_ = {};
  groups_ = false;
  std::string name;
  const int w = tap();
  const bool by_parameter = random_.chance(6);
  const auto argument = [&](double v) {
    name += by_parameter ? "esp::param<\"a\">" : source_of(v);
    return by_parameter ? add_phrase({.what = word::parameter}) : number(v);
  };
  const auto with_eps = [&](int x) { return two(word::add, x, add_phrase({.what = word::eps})); };
  switch (random_.below(7)) {
    case 0: {
      const double lo = random_.one_of({0.0, 0.0, -1.0, -0.5, 0.1, -1e300, 1e-300});
      name = "esp::clamp<";
      body_.result = two(word::max, w, argument(lo));
      if (random_.chance(50)) {
        name += ", ";
        body_.result = two(word::min, body_.result, argument(lo + random_.one_of({0.0, 1.0, 0.5, 3.0})));
      }
      break;
    }
    case 1:
      name = "esp::assign<";
      body_.result = argument(random_.one_of({0.0, 1.0, -1.0, 9e-13, 0.1, 1e300, 1e-300, 1.0 / 3}));
      break;
    case 2:
    case 3: {
      const bool usual = random_.chance(60);
      const word what =
          usual ? word::mean : random_.one_of({word::sum, word::smallest, word::largest, word::l1, word::l2});
      name = std::string("esp::subtract<") + (what == word::mean       ? "esp::mean"
                                              : what == word::sum      ? "esp::sum"
                                              : what == word::smallest ? "esp::min"
                                              : what == word::largest  ? "esp::max"
                                              : what == word::l1       ? "esp::l1"
                                                                       : "esp::l2");
      body_.result = two(word::subtract, w, reduced(what, w));
      break;
    }
    case 4:
    case 5: {
      const word what = random_.one_of({word::sum, word::l1, word::l2});
      name = std::string("esp::normalize<") + (what == word::sum  ? "esp::sum"
                                               : what == word::l1 ? "esp::l1"
                                                                  : "esp::l2");
      const int size =
          what == word::l2 ? one(word::sqrt, with_eps(reduced(word::sum_of_squares, w))) : with_eps(reduced(what, w));
      name += ", ";
      const double target = random_.one_of({1.0, 1.0, 0.5, 2.0, -1.0, 0.1, 0.0, 1e-300});
      body_.result = two(word::multiply, two(word::divide, w, size), argument(target));
      break;
    }
    default: {
      const bool euclidean = random_.chance(60);
      name = std::string("esp::cap<") + (euclidean ? "esp::l2" : "esp::l1") + ", ";
      const int bound = argument(random_.one_of({1.0, 0.8, 2.0, 0.1, 1e-300, 1e300}));
      const int size =
          euclidean ? one(word::sqrt, with_eps(reduced(word::sum_of_squares, w))) : with_eps(reduced(word::l1, w));
      body_.result = two(word::multiply, w, two(word::min, number(1), two(word::divide, bound, size)));
      break;
    }
  }
  return {.what = form::formula, .name = name + ">", .formula = body_, .inner = {}};
}

}  // namespace drawn
