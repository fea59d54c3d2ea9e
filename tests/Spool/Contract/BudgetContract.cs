using Postfleet.Core.Budgets;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about limits and known recipients.</summary>
public abstract class BudgetContract : SpoolBench
{
    private static readonly BudgetLimit Day = Limit("day", BudgetKind.Daily, "100/d");
    private static readonly BudgetLimit PerSecond = Limit("rate", BudgetKind.Rate, "10/s");
    private static readonly BudgetLimit PerDay = Limit("slow", BudgetKind.Rate, "1000/d");

    private readonly ISpoolPlace _place;

    private protected BudgetContract(ISpoolPlace place) : base(place) => _place = place;

    private IBudgetStore Budgets => Spool.Budgets;

    [Fact]
    public async Task A_day_gives_its_units_and_not_one_more_also_after_a_restart()
    {
        Assert.Equal((30, 70), await TakeAsync(Day, 30));
        Assert.Equal((60, 10), await TakeAsync(Day, 60));
        await ReopenAsync();
        Assert.Equal(90, (await Budgets.ReadUsedAsync(["day", "none"], default))["day"]);
        Assert.Equal((10, 0), await TakeAsync(Day, 30));
        Assert.Equal((0, 0), await TakeAsync(Day, 30));
        Assert.Equal((0, 0), await TakeAsync(Day with { Value = Of("50/d") }, 1));
        Assert.Equal((1, 49), await TakeAsync(Day with { Value = Of("150/d") }, 1));
    }

    [Fact]
    public async Task The_answer_about_a_day_tells_its_end()
    {
        var grant = (await RunAsync(takes: [new(Day, 1)])).Grants[0];
        Assert.Equal(TimeSpan.Zero, grant.EndsAt.TimeOfDay);
        Assert.InRange(grant.Ends, TimeSpan.Zero, TimeSpan.FromDays(1));
        Assert.Equal(grant.Series.Day + 1, (grant.EndsAt - DateTimeOffset.UnixEpoch).TotalDays);
        Assert.InRange(grant.EndsAt - grant.Ends, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Returned_units_are_given_again_but_none_of_another_day_or_from_before_a_reset()
    {
        var series = (await RunAsync(takes: [new(Day, 100)])).Grants[0].Series;
        await RunAsync(returns: [new(Day, series with { Day = series.Day - 1 }, 10)]);
        Assert.Equal((0, 0), await TakeAsync(Day, 1));
        await RunAsync(returns: [new(Day, series, 10)]);
        Assert.Equal((10, 0), await TakeAsync(Day, 100));
        await Budgets.ResetAsync(["day"], default);
        Assert.Equal((50, 50), await TakeAsync(Day, 50));
        await RunAsync(returns: [new(Day, series, 10)]);
        Assert.Equal((50, 0), await TakeAsync(Day, 100));
    }

    [Fact]
    public async Task Rates_of_strangers_are_swept_when_their_buckets_are_full_or_there_are_too_many()
    {
        BudgetLimit[] limits = [.. Enumerable.Range(0, 5).Select(i => Limit($"{BudgetLimit.InboundPrefix}{i}", BudgetKind.Rate, "10/d"))];
        foreach (var limit in limits.Append(PerDay)) await TakeAsync(limit, 1);
        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        Assert.Equal(new InboundPiece("inbound/2", 3), await storage.Budgets.SweepInboundAsync("", 3, false, default));
        Assert.Equal(new InboundPiece("inbound/4", 2), await storage.Budgets.SweepInboundAsync("inbound/2", 3, false, default));
        Assert.Null((await storage.Budgets.SweepInboundAsync("inbound/4", 3, false, default)).Last);

        await ExecuteAsync("UPDATE budget SET arrival = 1 WHERE name IN ('inbound/1', 'inbound/3', 'slow')");
        Assert.Equal(new InboundPiece("inbound/4", 3), await storage.Budgets.SweepInboundAsync("", 10, false, default));
        Assert.Equal(4, await CountAsync("budget"));
        Assert.Equal((1, 9), await TakeAsync(limits[1], 1));
        Assert.Equal((1, 8), await TakeAsync(limits[0], 1));

        Assert.Equal(new InboundPiece("inbound/1", 0), await storage.Budgets.SweepInboundAsync("", 2, true, default));
        Assert.Equal(3, await CountAsync("budget"));
    }

    [Fact]
    public async Task A_rate_gives_its_burst_and_takes_units_back()
    {
        var first = (await RunAsync(takes: [new(PerDay, 990)])).Grants[0];
        Assert.Equal(990, first.Count);
        Assert.Equal((10, 0), await TakeAsync(PerDay, 100));
        var none = (await RunAsync(takes: [new(PerDay, 1)])).Grants[0];
        Assert.Equal(0, none.Count);
        // 1000 a day: one in 86.4 s.
        Assert.InRange(none.Ends, TimeSpan.FromSeconds(26), TimeSpan.FromSeconds(86.4));
        await RunAsync(returns: [new(PerDay, first.Series, 5)]);
        Assert.Equal((5, 0), await TakeAsync(PerDay, 100));
    }

    [Fact]
    public async Task Limits_of_a_batch_are_independent_and_answered_in_order()
    {
        var answers = await RunAsync(takes: [new(PerSecond, 3), new(Day, 4), new(PerDay, 5)], contacts: [Contact("a", 2), Contact("b", 2)]);
        Assert.Equal([3, 4, 5], answers.Grants.Select(grant => grant.Count));
        Assert.Equal([true, true], answers.Contacts.Select(contact => contact.IsGranted));
    }

    [Fact]
    public async Task A_recipient_takes_a_unit_once()
    {
        Assert.Equal("new", await MeetAsync("a", 2));
        Assert.Equal("known", await MeetAsync("a", 2));
        Assert.Equal("new known refused", await MeetAsync("b a c", 2));
        await ReopenAsync();
        Assert.Equal("known refused known", await MeetAsync("b c a", 2));
        Assert.Equal(2, (await Budgets.ReadUsedAsync(["new"], default))["new"]);
        Assert.Equal("new refused", await MeetAsync("c d", 3));
        await Budgets.ResetAsync(["new"], default);
        Assert.Equal("known new", await MeetAsync("a d", 2));
    }

    [Fact]
    public async Task Recipients_of_different_users_are_different()
    {
        Assert.Equal("new", await MeetAsync("a", 1));
        var other = Contact("a", 1) with { Limit = Limit("other", BudgetKind.Daily, "1/d") };
        Assert.True((await RunAsync(contacts: [other])).Contacts[0].IsGranted);
    }

    [Fact]
    public async Task A_recipient_is_forgotten_after_its_days_and_deleted_by_the_sweep()
    {
        Assert.Equal("new new", await MeetAsync("a b", 5));
        await ExecuteAsync($"UPDATE known_recipient SET used = used - {RecipientKey.KeptDays}");
        Assert.Equal("known", await MeetAsync("a", 5));
        await ExecuteAsync($"UPDATE known_recipient SET used = used - {RecipientKey.KeptDays + 1}");
        Assert.Equal("new", await MeetAsync("a", 5));
        Assert.Equal(2, await CountAsync("known_recipient"));
        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        Assert.Equal(1, await storage.Budgets.SweepAsync(10, default));
        Assert.Equal(1, await CountAsync("known_recipient"));
        Assert.Equal("known new", await MeetAsync("a b", 5));

        await ExecuteAsync($"UPDATE known_recipient SET used = 0");
        await ExecuteAsync($"UPDATE budget SET day = 0");
        Assert.Equal(1, await storage.Budgets.SweepAsync(1, default));
        Assert.Equal(1, await CountAsync("budget"));
        Assert.Equal(1, await storage.Budgets.SweepAsync(1, default));
        Assert.Equal(0, await storage.Budgets.SweepAsync(1, default));
        Assert.Equal(0, await CountAsync("budget"));
    }

    [Fact]
    public async Task A_user_with_too_many_recipients_forgets_one_for_each_new_one()
    {
        Assert.Equal("new new new", await MeetAsync("a b c", 100));
        await ExecuteAsync($"UPDATE budget SET known = {RecipientKey.MaxKept}");
        foreach (var recipient in "defghijklmnopqrstuvwxyz") await MeetAsync($"{recipient}", 100);
        // Nothing is behind the last of the keys.
        Assert.InRange(await CountAsync("known_recipient"), 3, 10);
    }

    [Fact]
    public async Task Three_takers_together_get_the_units_of_a_limit_exactly()
    {
        Task<(long, long)[]> Several() => Task.WhenAll(Enumerable.Range(0, 3).Select(async i =>
        {
            var (taken, contacts) = (0L, 0L);
            for (var n = 0; n < 40; n++)
            {
                var answers = await RunAsync(takes: [new(Day, 2)], contacts: [Contact($"r{i}-{n}", 50)]);
                taken += answers.Grants[0].Count;
                contacts += answers.Contacts.Count(contact => contact.IsGranted);
            }

            return (taken, contacts);
        }));
        var all = await Several();
        Assert.Equal(100, all.Sum(one => one.Item1));
        Assert.Equal(50, all.Sum(one => one.Item2));
    }

    [Fact]
    public async Task The_engine_follows_the_rules_of_the_count()
    {
        await RunAsync(takes: [new(Day, 1), new(PerSecond, 1), new(PerDay, 1)]);
        var random = new Random(4711);
        foreach (var limit in Enumerable.Repeat<BudgetLimit[]>([Day, PerSecond, PerDay], 10).SelectMany(limits => limits))
        {
            var now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            var count = new BudgetCount(
                BudgetCount.DayOf(now) + random.Next(-2, 4), random.Next(0, 110),
                (now + (long)((random.NextDouble() - 0.5) * 4 * limit.Most * limit.Step / 1000)) * 1000, random.Next(5));
            await ExecuteAsync(
                $"UPDATE budget SET day = {count.Day}, granted = {count.Granted}, arrival = {count.Arrival}, epoch = {count.Epoch} " +
                $"WHERE name = '{limit.Name}'");
            for (var step = 0; step < 3; step++)
            {
                var units = random.Next(1, 60);
                var answer = (await RunAsync(takes: [new(limit, units)])).Grants[0];
                var at = (answer.EndsAt - answer.Ends - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
                count = count.Take(limit, units, at, out var expected);
                Assert.Equal(expected, answer);
                if (answer.Count == 0) continue;
                var back = new BudgetReturn(limit, answer.Series, random.NextInt64(1, answer.Count + 1));
                count = count.Return(back);
                await RunAsync(returns: [back]);
            }
        }
    }

    private static BudgetLimit Limit(string name, BudgetKind kind, string value) => new(name, kind, Of(value));

    private static Rate Of(string value) => Rate.TryParseAny(value, out var rate) ? rate : throw new ArgumentException(value);

    private static BudgetContact Contact(string name, int most) => new(
        Limit("new", BudgetKind.Daily, $"{most}/d"),
        RecipientKey.Of(Mailbox.TryParse($"{name}@example.org", out var mailbox) ? mailbox : throw new ArgumentException(name)));

    private async Task<(long Granted, long Left)> TakeAsync(BudgetLimit limit, long count)
    {
        var grant = (await RunAsync(takes: [new(limit, count)])).Grants[0];
        return (grant.Count, grant.Left);
    }

    private async Task<string> MeetAsync(string names, int most)
    {
        var answers = await RunAsync(contacts: [.. names.Split(' ').Select(name => Contact(name, most))]);
        return string.Join(' ', answers.Contacts.Select(answer => answer.IsKnown ? "known" : answer.IsGranted ? "new" : "refused"));
    }

    private async Task<BudgetAnswers> RunAsync(
        BudgetReturn[]? returns = null, BudgetTake[]? takes = null, BudgetContact[]? contacts = null) =>
        await Budgets.RunAsync(new BudgetBatch(returns ?? [], takes ?? [], contacts ?? []), default);
}
