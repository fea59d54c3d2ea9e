using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>Clients send messages to frontends, which store the messages and hand their parts off.</summary>
internal sealed class Clients(World world)
{
    private const int MaxTries = 5;

    private readonly Chance _chance = new(world.Plan.Seed, 10);
    private readonly Chance _times = new(world.Plan.Seed, 12);
    private readonly Chance _handling = new(world.Plan.Seed, 13);

    public void Start()
    {
        if (world.Plan.HasStreams)
        {
            StartStreams();
            return;
        }

        // In some runs messages come in bursts, faster than queues take them.
        var bursts = Enumerable.Range(0, _chance.Is(0.3) ? _chance.Between(1, 3) : 0).Select(_ => Time()).ToArray();
        for (var number = 0; number < world.Plan.Size; number++)
        {
            var (at, letter) = (bursts.Length == 0 ? Time() : _chance.Of(bursts) + _chance.Seconds(0, 2), Write());
            if (!world.Plan.WithoutMessages.Contains(number)) world.Scheduler.After(at, () => Send(letter, 1));
        }
    }

    // All at the beginning: a backlog of both streams, in proportion to their weights.
    private void StartStreams()
    {
        for (var number = 0; number < world.Plan.Size; number++)
        {
            var letter = new Letter(world.NextId(), default, null, [(StreamShareCheck.QueueOf(number), 1)]);
            if (!world.Plan.WithoutMessages.Contains(number)) world.Scheduler.After(_chance.Seconds(0, 5), () => Send(letter, 1));
        }
    }

    private TimeSpan Time() => _chance.Seconds(0, world.Plan.FaultPeriod.TotalSeconds);

    private Letter Write()
    {
        var sender = _chance.Is(0.8) ? _chance.Of(world.Queues) : (QueueKey?)null;
        var parts = world.Queues.Where(_ => _chance.Is(0.3)).Select(queue => (queue, _chance.Between(1, 3))).ToList();
        if (parts.Count == 0) parts.Add((_chance.Of(world.Queues), _chance.Between(1, 3)));
        // In a quarter of the runs: the seeds of earlier findings keep their runs.
        var sendAfter = world.Plan.Seed % 4 == 1 && _times.Is(0.2) ? _times.Between(1, 1200) : 0;
        return new Letter(world.NextId(), default, sender, parts) { Handling = Handling() with { SendAfter = sendAfter } };
    }

    // In another quarter of the runs.
    private QueuedPart Handling() => world.Plan.Seed % 4 != 2 ? default : new QueuedPart
    {
        Priority = _handling.Between(-9, 9),
        DeliverByMode = _handling.Is(0.4) ? _handling.Is(0.7) ? DeliverByMode.Return : DeliverByMode.Notify : DeliverByMode.None,
        DeliverWithin = _handling.Between(0, 900),
    };

    private void Send(Letter letter, int tries)
    {
        var frontends = world.Members.Where(node => node.Roles.HasFlag(Roles.Frontend) && node.IsRunning && !node.IsLeaving).ToArray();
        if (frontends.Length > 0 && frontends[_chance.Below(frontends.Length)] is var node) node.Gate.Pass(() => Accept(node, letter));
        else if (tries < MaxTries) world.Scheduler.After(_chance.Seconds(5, 30), () => Send(letter, tries + 1));
    }

    private void Accept(Node node, Letter letter)
    {
        var accepted = letter with { AcceptedAt = node.Now };
        world.Storage.Call(node, () => world.Storage.Spool.Store(accepted), _ =>
        {
            world.Trace?.Add(letter.Id,
                $"is acknowledged by {node}: {string.Join(", ", letter.Parts.Select(part => $"{part.Recipients} for {part.Queue}"))}");
            foreach (var (queue, recipients) in letter.Parts)
            {
                var part = new PartId(letter.Id, queue);
                node.Bodies.Add(part);
                node.HandOff.Offer(new PendingPart(queue, accepted.PartOf(recipients)));
            }
        }, () => { });
    }
}
