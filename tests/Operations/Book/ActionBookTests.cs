using CsCheck;
using Postfleet.Contracts.Operations;
using Postfleet.Operations.Book;
using Postfleet.Operations.Formats;
using Postfleet.Operations.Messages;
using Postfleet.Testing.Formats;
using Xunit;

namespace Postfleet.Operations.Tests.Book;

/// <summary>The state of all actions.</summary>
public sealed class ActionBookTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ActionBook _book = new();
    private readonly List<IActionEvent> _journal = [];
    private DateTimeOffset _now = Start;

    [Fact]
    public void A_suspension_stands_until_it_expires()
    {
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "example.org" }, Start.AddHours(1));
        Assert.Equal(1, Assert.Single(_book.Suspensions).Number);
        Assert.Equal(Start.AddHours(1), _book.NextExpiry);
        Assert.Empty(_book.Expire(Start.AddMinutes(59)));
        Apply(_book.Expire(Start.AddHours(1)));
        Assert.Empty(_book.Suspensions);
        Assert.Equal(ActionState.Expired, _book.Find(1)!.View.State);
    }

    [Fact]
    public void A_resume_ends_the_suspensions_that_it_covers()
    {
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "a.example.org" });
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "example.org" });
        Order(ActionKind.Suspend, ActionSelector.None with { Stream = "bulk" });
        Order(ActionKind.Resume, ActionSelector.None with { Domain = "*.example.org" });
        Assert.Equal([2, 3], _book.Suspensions.Select(view => view.Number));
        Assert.Equal((ActionState.Done, 1), (_book.Find(4)!.View.State, _book.Find(4)!.View.Resumed));
    }

    [Fact]
    public void Suspensions_that_would_not_fit_into_a_message_are_refused()
    {
        var longest = new ActionSelector(
            new string('€', ActionSelector.MaxText), "", "", new string('€', ActionSelector.MaxText), "", null, "");
        var order = new ActionOrder(ActionKind.Suspend, longest, new string('€', ActionOrder.MaxReason), "ada", null);
        while (_book.ProblemOf(order).Length == 0) Apply(_book.Decide(order, _now));
        Assert.InRange(_book.OpenCount, 100, ActionBook.MaxOpen - 1);
        Assert.InRange(ActionMapping.ToWire(new SuspensionList(1, [.. _book.Suspensions])).CalculateSize(), 1, 600_000);
        Assert.Empty(_book.ProblemOf(order with { Kind = ActionKind.Resume }));
        Assert.NotEmpty(_book.ProblemOf(order with { Kind = ActionKind.Move, ToRoute = "backup" }));
        Assert.Empty(_book.ProblemOf(order with { Kind = ActionKind.Move, ToStream = "slow" }));
    }

    [Fact]
    public void Moves_to_a_route_count_towards_the_size_of_the_message()
    {
        var longest = ActionSelector.None with { Site = new string('€', ActionSelector.MaxText) };
        var order = new ActionOrder(ActionKind.Move, longest, new string('€', ActionOrder.MaxReason), "ada", null)
        {
            ToRoute = new string('b', 40),
        };
        while (_book.ProblemOf(order).Length == 0) Apply(_book.Decide(order, _now));
        Assert.InRange(_book.OpenCount, 100, ActionBook.MaxOpen - 1);
        var list = new SuspensionList(1, []) { Redirections = [.. _book.Redirections] };
        Assert.InRange(ActionMapping.ToWire(list).CalculateSize(), 1, 600_000);
        Assert.NotEmpty(_book.ProblemOf(order with { Kind = ActionKind.Suspend, ToRoute = "" }));
    }

    [Fact]
    public void A_move_to_a_route_stands_and_is_no_suspension()
    {
        var version = _book.StandingVersion;
        Apply(_book.Decide(
            new ActionOrder(ActionKind.Move, ActionSelector.None with { Domain = "example.org" }, "", "ada", null) { ToRoute = "backup" },
            _now));
        Assert.Equal(1, Assert.Single(_book.Redirections).Number);
        Assert.Empty(_book.Suspensions);
        Assert.Empty(_book.Running);
        Assert.NotEqual(version, _book.StandingVersion);
        Order(ActionKind.Resume, ActionSelector.None with { Domain = "example.org" });
        Assert.Single(_book.Redirections);
        version = _book.StandingVersion;
        Apply([new ActionEnded(1, ActionState.Cancelled, _now)]);
        Assert.Empty(_book.Redirections);
        Assert.NotEqual(version, _book.StandingVersion);
    }

    [Fact]
    public void A_move_to_a_stream_is_carried_out()
    {
        Apply(_book.Decide(
            new ActionOrder(ActionKind.Move, ActionSelector.None with { Domain = "example.org" }, "", "ada", null) { ToStream = "slow" },
            _now));
        Assert.Single(_book.Running);
        Assert.Empty(_book.Redirections);
    }

    [Fact]
    public void The_version_changes_with_suspensions_alone()
    {
        var version = _book.StandingVersion;
        Order(ActionKind.Retry, ActionSelector.None with { Domain = "example.org" });
        Apply([new ActionAdvanced(1, "default:a", 1, 2)]);
        Assert.Equal(version, _book.StandingVersion);
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "example.org" });
        Assert.NotEqual(version, _book.StandingVersion);
    }

    [Fact]
    public void Ended_actions_are_forgotten_oldest_first_and_open_actions_never()
    {
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "example.org" });
        for (var i = 0; i < ActionBook.MaxEnded + 10; i++)
        {
            Order(ActionKind.Retry, ActionSelector.None with { Domain = "example.org" });
            Apply([new ActionEnded(_book.LastNumber, ActionState.Done, _now)]);
        }

        Assert.NotNull(_book.Find(1));
        Assert.Null(_book.Find(11));
        Assert.NotNull(_book.Find(12));
        Assert.Equal(ActionBook.MaxEnded + 1, _book.List(null, int.MaxValue).Count);
    }

    [Fact]
    public void A_page_begins_before_a_number_and_shows_the_newest_first()
    {
        for (var i = 0; i < 5; i++) Order(ActionKind.Retry, ActionSelector.None with { Domain = "example.org" });
        Assert.Equal([5, 4], _book.List(null, 2).Select(view => view.Number));
        Assert.Equal([3, 2], _book.List(4, 2).Select(view => view.Number));
    }

    [Fact]
    public void A_replay_gives_the_live_state_from_events_and_from_checkpoints() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 100]).Array[0, 60].Sample(steps =>
        {
            var test = new ActionBookTests();
            foreach (var (kind, chance) in steps) test.Do(kind, chance);
            var replayed = new ActionBook();
            foreach (var e in test._journal) replayed.Apply(e);
            Assert.Equal(Describe(test._book), Describe(replayed));
        });

    private void Do(int kind, int chance)
    {
        _now += TimeSpan.FromMinutes(chance);
        switch (kind)
        {
            case 0 or 1:
                Order((ActionKind)(1 + chance % 7), ActionSelector.None with { Stream = $"s{chance % 3}" },
                    chance % 2 == 0 ? _now.AddHours(chance) : null);
                break;
            case 2: Apply([new ActionAdvanced(1 + chance % 5, $"s:{chance}", chance, chance)]); break;
            case 3: Apply([new ActionEnded(1 + chance % 5, ActionState.Done, _now)]); break;
            case 4: Apply(_book.Expire(_now)); break;
            default:
                var pieces = _book.Checkpoint();
                // A crash may happen before the old rows are deleted.
                if (chance % 2 == 0) _journal.Clear();
                _journal.AddRange(pieces);
                break;
        }
    }

    private static string Describe(ActionBook book) => string.Join('\n',
        book.List(null, int.MaxValue).Select(view => $"{Rendering.Of(book.Find(view.Number))}")
            .Append($"{book.LastNumber} {string.Join(',', book.Open.Select(action => action.View.Number))}"));

    private void Order(ActionKind kind, ActionSelector selector, DateTimeOffset? expires = null) =>
        Apply(_book.Decide(new ActionOrder(kind, selector, "", "ada", expires), _now));

    private void Apply(IReadOnlyList<IActionEvent> events)
    {
        foreach (var e in events) _book.Apply(e);
        _journal.AddRange(events);
    }
}
