using CsCheck;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The rate of a site, in virtual time.</summary>
public sealed class TokenBucketTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<string> Rates = Gen.Select(Gen.Int[0, 2], Gen.OneOf(Gen.Int[1, 3], Gen.Int[1, 200], Gen.Int[1, 100_000]))
        .Select((unit, count) => $"{count}/{"smh"[unit]}");

    [Theory]
    [InlineData("1/h", 1)]
    [InlineData("1000/m", 2)]
    [InlineData("9/s", 1)]
    [InlineData("10/s", 2)]
    [InlineData("50/s", 6)]
    [InlineData("1000/s", 101)]
    [InlineData("100000/s", 10_001)]
    [InlineData("360000000/h", 10_001)]
    public void The_burst_is_a_tenth_of_a_second_and_one(string rate, int capacity)
    {
        var bucket = new TokenBucket(Parse(rate));
        Assert.Equal(capacity, bucket.Capacity);
        Assert.Equal(0, bucket.Level(Start));
        Assert.Equal(capacity, bucket.Level(Start.AddYears(500)));
    }

    [Fact]
    public void A_bucket_is_empty_at_first_and_fills_at_the_rate()
    {
        var bucket = new TokenBucket(Parse("50/s"));
        Assert.Null(bucket.TryTake(1, Start));
        var next = bucket.When(1, Start);
        Assert.Equal(Start.AddMilliseconds(20), next);
        Assert.Null(bucket.TryTake(1, next.AddTicks(-1)));
        Assert.NotNull(bucket.TryTake(1, next));
        Assert.Null(bucket.TryTake(1, next));
    }

    [Fact]
    public void A_request_above_the_capacity_waits_for_a_full_bucket_and_delays_the_next_request()
    {
        var bucket = new TokenBucket(Parse("60/m"));
        bucket.Level(Start);
        var full = bucket.When(10, Start);
        Assert.Equal(Start.AddMilliseconds(1100), full);
        Assert.Null(bucket.TryTake(10, full.AddTicks(-1)));
        Assert.NotNull(bucket.TryTake(10, full));
        Assert.Equal(-9, bucket.Level(full));
        Assert.Equal(Start.AddSeconds(11), bucket.When(1, full));
    }

    [Fact]
    public void Transactions_beyond_the_expected_number_are_owed()
    {
        var bucket = new TokenBucket(Parse("60/m"));
        bucket.Level(Start);
        var now = Start.AddSeconds(1);
        bucket.Settle(bucket.TryTake(1, now)!, 4, now);
        Assert.Equal(-3, bucket.Level(now));
        Assert.Equal(now.AddSeconds(4), bucket.When(1, now));
    }

    [Fact]
    public void A_token_that_was_not_needed_comes_back()
    {
        var bucket = new TokenBucket(Parse("1/h"));
        bucket.Level(Start);
        var now = Start.AddHours(1);
        bucket.Settle(bucket.TryTake(1, now)!, 0, now.AddMinutes(1));
        Assert.True(bucket.Has(1, now.AddMinutes(1)));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_stop_the_mail()
    {
        var bucket = new TokenBucket(Parse("1/s"));
        bucket.Level(Start);
        Assert.Equal(0, bucket.Level(Start.AddHours(-1)));
        Assert.Equal(1, bucket.Level(Start.AddHours(-1).AddSeconds(1)));
    }

    [Fact]
    public void When_returns_the_first_tick_with_enough_tokens() =>
        Gen.Select(Rates, Gen.Int[1, 40], Gen.Long[0, 20_000_000]).Sample((rate, tokens, ticks) =>
        {
            var bucket = new TokenBucket(Parse(rate));
            bucket.Level(Start);
            var now = Start.AddTicks(ticks);
            var when = bucket.When(tokens, now);
            if (when == now) return bucket.Has(tokens, now);
            return !bucket.Has(tokens, when.AddTicks(-1)) && bucket.Has(tokens, when);
        });

    [Fact]
    public void No_window_exceeds_its_rate_and_the_burst_with_any_refunds() =>
        Gen.Select(Rates, Gen.Int[0, int.MaxValue], Gen.Int[1, 4], Gen.Double[0.05, 4]).Sample((rate, seed, largest, pace) =>
            new Run(Parse(rate), seed, largest, pace).Check(), iter: 2000);

    [Fact]
    public void A_site_with_enough_mail_gets_its_rate_even_if_every_timer_is_late() =>
        Gen.Select(Rates, Gen.Int[0, int.MaxValue]).Sample((text, seed) =>
        {
            var (rate, random) = (Parse(text), new Random(seed));
            var bucket = new TokenBucket(rate);
            bucket.Level(Start);
            var (now, sent) = (Start, 0L);
            for (var wakes = 0; wakes < 2000 && sent < 5000; wakes++)
            {
                now = bucket.When(1, now).AddTicks(random.NextInt64(TokenBucket.Slack.Ticks - TimeSpan.TicksPerMillisecond));
                while (bucket.TryTake(1, now) is { } ticket)
                {
                    bucket.Settle(ticket, 1, now);
                    sent++;
                }
            }

            var ideal = (Int128)(now - Start).Ticks * rate.Count / rate.Period.Ticks;
            Assert.InRange((double)sent, (double)ideal * 0.999 - 1, (double)ideal);
        }, iter: 300);

    private static Rate Parse(string text) => Rate.TryParse(text, out var rate) ? rate : throw new ArgumentException(text);

    /// <summary>Takes tokens at random times, and reports the use of the tokens at random later times.</summary>
    private sealed class Run(Rate rate, int seed, int largest, double pace)
    {
        private readonly Random _random = new(seed);
        private readonly TokenBucket _bucket = new(rate);
        private readonly List<(DateTimeOffset At, TokenTicket Ticket)> _open = [];
        private readonly List<(DateTimeOffset At, TokenTicket Ticket)> _taken = [];
        private readonly Dictionary<TokenTicket, int> _used = [];

        public void Check()
        {
            var now = Start;
            _bucket.Level(now);
            for (var i = 0; i < 120; i++)
            {
                now = now.AddTicks((long)(_random.NextDouble() * _random.NextDouble() * pace * rate.Period.Ticks / rate.Count));
                if (_random.Next(3) == 0 && _open.Count > 0) Settle(_random.Next(_open.Count), now);
                else while (_bucket.TryTake(_random.Next(1, largest + 1), now) is { } ticket) Keep(ticket, now);
            }

            // What never ended counts as used.
            foreach (var (_, ticket) in _open) _used[ticket] = ticket.Tokens;
            var burst = rate.Period.Ticks + rate.Count * TokenBucket.Slack.Ticks;
            var most = Math.Max(burst, largest * rate.Period.Ticks);
            for (var i = 0; i < _taken.Count; i++)
            {
                Int128 used = 0;
                foreach (var (at, ticket) in _taken.Skip(i))
                {
                    used += (Int128)_used[ticket] * rate.Period.Ticks;
                    var came = (Int128)(at - _taken[i].At).Ticks * rate.Count;
                    Assert.True(used <= came + most, $"{rate} from {_taken[i].At:O} to {at:O}: {used} of {came} and {most}");
                    if (i == 0) Assert.True(
                        used <= (Int128)(at - Start).Ticks * rate.Count + most - burst, $"{rate}: more than came since the start");
                }
            }
        }

        private void Keep(TokenTicket ticket, DateTimeOffset now)
        {
            _open.Add((now, ticket));
            _taken.Add((now, ticket));
        }

        private void Settle(int index, DateTimeOffset now)
        {
            var ticket = _open[index].Ticket;
            _open.RemoveAt(index);
            var used = _used[ticket] = _random.Next(2) == 0 ? 0 : _random.Next(ticket.Tokens + 1);
            _bucket.Settle(ticket, used, now);
        }
    }
}
