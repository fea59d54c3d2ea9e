using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Frontend.Session;
using Postfleet.Simulation.Tests.Checks;

namespace Postfleet.Simulation.Tests.Budgets;

/// <content>The messages of a frontend's sessions.</content>
internal sealed partial class BudgetNode
{
    /// <summary>A message of a session, in the order of the product's check of recipients. Every other client pipelines.</summary>
    private sealed class Message(BudgetNode node, int recipients)
    {
        private readonly List<Guid> _recipients = [.. Enumerable.Range(0, recipients).Select(_ => BudgetWorld.Recipient(node.Chance))];
        private readonly bool _isPipelined = node.Chance.Is(0.5);
        private readonly List<(BudgetSeries Day, BudgetSeries Rate, int TakenOn, DateTimeOffset At)> _taken = [];
        private readonly TransactionUnits _units = new(node);
        private int _next;

        private BudgetWorld World => node.World;

        public void Next()
        {
            if (node.IsDead) return;
            if (_next++ == recipients) node.Later(node.Chance.Seconds(0, node.Chance.Is(0.2) ? 15 : 0.5), End);
            else node.Take(World.Day, _taken.Count, OnDay);
        }

        private void OnDay(BudgetAnswer? day)
        {
            // The client pauses after a refusal.
            if (day is { IsGranted: true } granted) TakeRate(granted.Series, World.DayOf(granted.Series));
            else node.Later(node.Chance.Seconds(0, 1), Next);
        }

        private void TakeRate(BudgetSeries day, int takenOn)
        {
            var units = new TransactionUnits(node);
            units.Add(World.Day, day);
            node.Take(World.Rate, _taken.Count, rate => OnRate(units, day, takenOn, rate));
        }

        private void OnRate(TransactionUnits units, BudgetSeries day, int takenOn, BudgetAnswer? rate)
        {
            var at = World.Scheduler.Now;
            if (rate is not { IsGranted: true } granted)
            {
                units.Return();
                node.Later(node.Chance.Seconds(0, 1), Next);
                return;
            }

            units.Add(World.Rate, granted.Series);
            var recipient = _recipients[_next - 1];
            node.Meet(recipient, _isPipelined ? _recipients.Skip(_next).Take(PipelinedRecipients.Most) : [], met =>
            {
                if (met is { IsGranted: true })
                {
                    if (!World.Database.Granted.Contains(recipient))
                        throw new PromiseBrokenException("new recipients", "a recipient without a unit");
                    _taken.Add((day, granted.Series, takenOn, at));
                    units.MoveTo(_units);
                }

                units.Return();
                node.Later(TimeSpan.FromMilliseconds(1), Next);
            });
        }

        private void End()
        {
            var isAccepted = node.Chance.Is(0.6);
            if (isAccepted) foreach (var (_, _, takenOn, at) in _taken) World.Ledger.Accepted(takenOn, at);
            if (isAccepted && World.Broken != BrokenBudgetRule.AcceptedReturned) _units.Use(_taken.Count);
            else _units.Return();
            if (!isAccepted && World.Broken == BrokenBudgetRule.TransactionReturnsTwice)
                foreach (var (day, rate, _, _) in _taken) Return(day, rate);
            node.Later(node.Chance.Seconds(0, 3), node.BeginMessage);
        }

        private void Return(BudgetSeries day, BudgetSeries rate)
        {
            node.Return(new BudgetReturn(World.Day, day, 1));
            node.Return(new BudgetReturn(World.Rate, rate, 1));
        }
    }
}
