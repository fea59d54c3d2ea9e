using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Operations.Budgets;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Budgets;

/// <summary>The limits of the cluster on a node.</summary>
public sealed class LocalBudgetsTests : IDisposable
{
    private static readonly BudgetLimit Day = Limit("day", BudgetKind.Daily, "1000/d");
    private static readonly BudgetLimit New = Limit("new", BudgetKind.Daily, "3/d");
    private static readonly object User = new();

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryBudgets _store;
    private readonly LogCollector _log = new();
    private readonly LocalBudgets _budgets;

    public LocalBudgetsTests()
    {
        _store = new MemoryBudgets(() => _time.GetUtcNow());
        _budgets = new LocalBudgets(_store, _time, _log);
    }

    public void Dispose() => _budgets.Dispose();

    [Fact]
    public async Task Callers_that_wait_share_a_batch()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var first = _budgets.TakeAsync(Day, User, 0, default).AsTask();
        var others = Enumerable.Range(0, 30).Select(i => _budgets.TakeAsync(
            i % 2 == 0 ? Day : Limit($"other {i}", BudgetKind.Daily, "5/d"), User, 0, default).AsTask()).ToArray();
        gate.SetResult();
        await first;
        Assert.All(await Task.WhenAll(others), answer => Assert.True(answer.IsGranted));
        await _budgets.Running;
        Assert.InRange(_store.Batches, 1, 3);
    }

    [Fact]
    public async Task A_unit_of_a_caller_who_has_left_goes_to_the_next()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        using var leaves = new CancellationTokenSource();
        var one = Limit("one", BudgetKind.Daily, "1/d");
        var gone = _budgets.TakeAsync(one, User, 0, leaves.Token).AsTask();
        var stays = _budgets.TakeAsync(one, User, 0, default).AsTask();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.SetResult();
        Assert.True((await stays).IsGranted);
        Assert.False((await _budgets.TakeAsync(one, User, 0, default)).IsGranted);
    }

    [Fact]
    public async Task A_failure_of_the_storage_is_told_and_what_it_granted_is_lost()
    {
        (_store.IsAway, _store.LosesAnswers) = (true, true);
        await Assert.ThrowsAsync<BudgetsUnavailableException>(() => _budgets.TakeAsync(Day, User, 0, default).AsTask());
        await Assert.ThrowsAsync<BudgetsUnavailableException>(() => _budgets.ReadUsedAsync(["day"], default).AsTask());
        _store.IsAway = false;
        Assert.True((await _budgets.TakeAsync(Day, User, 0, default)).IsGranted);
        Assert.Equal(20, _store.UsedOf("day"));
        await _budgets.StopAsync(default);
        Assert.Equal(11, _store.UsedOf("day"));
    }

    [Fact]
    public async Task Unused_units_are_returned_when_nobody_sends_and_the_timer_ends()
    {
        var answer = await _budgets.TakeAsync(Day, User, 0, default);
        _budgets.Return(new BudgetReturn(Day, answer.Series, 1));
        for (var i = 0; i < 6; i++) _time.Advance(LocalBudgets.TidyEvery);
        await _budgets.Running;
        Assert.Equal(0, _store.UsedOf("day"));
        for (var i = 0; i < 70; i++) _time.Advance(LocalBudgets.TidyEvery);
        Assert.Null(_budgets.TryTake(Day, User));
    }

    [Fact]
    public async Task The_recipient_of_two_callers_takes_one_unit()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var contact = new BudgetContact(New, Guid.NewGuid());
        var callers = Enumerable.Range(0, 5).Select(_ => _budgets.MeetAsync(contact, [], User, default).AsTask()).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(callers), answer => Assert.True(answer.IsGranted));
        Assert.Equal(1, _store.UsedOf("new"));
        Assert.True(_budgets.TryMeet(contact, User)!.Value.IsGranted);
        for (var i = 0; i < 2; i++)
            Assert.True((await _budgets.MeetAsync(new BudgetContact(New, Guid.NewGuid()), [], User, default)).IsGranted);
        var refused = await _budgets.MeetAsync(new BudgetContact(New, Guid.NewGuid()), [], User, default);
        Assert.Equal((false, new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero)), (refused.IsGranted, refused.FreeAt));
        Assert.True(_budgets.TryMeet(contact, User)!.Value.IsGranted);
    }

    [Fact]
    public async Task Recipients_of_the_next_questions_share_the_batch_and_do_not_go_before()
    {
        var contacts = Enumerable.Range(0, 5).Select(_ => new BudgetContact(New, Guid.NewGuid())).ToList();
        Assert.True((await _budgets.MeetAsync(contacts[0], [.. contacts.Skip(1)], User, default)).IsGranted);
        await _budgets.Running;
        Assert.Equal((1, 3), (_store.Batches, _store.UsedOf("new")));
        // A refused one may still be known elsewhere.
        Assert.Equal([true, true, true, null, null], contacts.Select(contact => _budgets.TryMeet(contact, User)?.IsGranted));
    }

    [Fact]
    public async Task Recipients_that_are_known_from_today_are_not_asked_about_again()
    {
        var (first, next) = (new BudgetContact(New, Guid.NewGuid()), new BudgetContact(New, Guid.NewGuid()));
        await _budgets.MeetAsync(first, [], User, default);
        await _budgets.MeetAsync(next, [first], User, default);
        await _budgets.Running;
        Assert.Equal(next, Assert.Single(_store.All[^1].Contacts));
    }

    [Fact]
    public async Task Recipients_of_the_next_questions_are_not_looked_up_while_the_limit_refuses()
    {
        for (var i = 0; i < 4; i++) await _budgets.MeetAsync(Somebody(), [], User, default);
        await _budgets.MeetAsync(Somebody(), [Somebody(), Somebody()], User, default);
        await _budgets.Running;
        Assert.Single(_store.All[^1].Contacts);
        Assert.Equal(3, _store.UsedOf("new"));
        static BudgetContact Somebody() => new(New, Guid.NewGuid());
    }

    [Fact]
    public async Task Failure_about_recipients_of_the_next_questions_is_that_of_the_caller()
    {
        _store.IsAway = true;
        var (first, next) = (new BudgetContact(New, Guid.NewGuid()), new BudgetContact(New, Guid.NewGuid()));
        await Assert.ThrowsAsync<BudgetsUnavailableException>(() => _budgets.MeetAsync(first, [next], User, default).AsTask());
        await _budgets.Running;
        Assert.Null(_budgets.TryMeet(next, User));
    }

    [Fact]
    public async Task More_callers_than_a_block_get_what_the_limit_has()
    {
        var few = Limit("few", BudgetKind.Daily, "250/d");
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => _budgets.TakeAsync(few, User, 0, default).AsTask()));
        Assert.Equal(250, answers.Count(answer => answer.IsGranted));
    }

    [Fact]
    public async Task Beyond_the_most_limits_a_new_one_has_no_room_and_the_present_ones_go_on()
    {
        for (var i = 1; i < BudgetShares.MaxShares; i++) _budgets.TryTake(Limit($"{i}", BudgetKind.Daily, "5/d"), User);
        Assert.True((await _budgets.TakeAsync(Day, User, 0, default)).IsGranted);
        var full = await Assert.ThrowsAsync<BudgetsUnavailableException>(() => _budgets.TakeAsync(New, User, 0, default).AsTask());
        Assert.True(full.IsFull);
        Assert.True((await _budgets.TakeAsync(Day, User, 0, default)).IsGranted);
        _store.IsAway = true;
        var away = await Assert.ThrowsAsync<BudgetsUnavailableException>(
            () => _budgets.TakeAsync(Limit("1", BudgetKind.Daily, "5/d"), User, 0, default).AsTask());
        Assert.False(away.IsFull);
    }

    private static BudgetLimit Limit(string name, BudgetKind kind, string value) =>
        new(name, kind, Rate.TryParseAny(value, out var rate) ? rate : throw new ArgumentException(value));
}
