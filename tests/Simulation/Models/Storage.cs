using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// Calls of the storage over a network: each takes a while, may fail, and when it fails it may have been done all the same. A call sent
/// before its node died may still take effect.
/// </summary>
internal sealed class Storage(World world)
{
    private readonly Chance _chance = new(world.Plan.Seed, 5);

    public SpoolModel Spool { get; } = new(world);

    public JournalModel Journal { get; } = new(world);

    /// <summary>Whether nothing is answered.</summary>
    public bool IsDown { get; set; }

    /// <summary>Share of failing calls.</summary>
    public double Errors { get; set; }

    /// <summary>Share of calls with a long delay of the request or the response.</summary>
    public double Slow { get; set; }

    /// <summary>Calls a transaction, then runs either continuation. Runs neither when the caller's process is gone.</summary>
    public void Call<T>(Node caller, Func<T> transaction, Action<T> done, Action failed) =>
        world.Scheduler.After(Latency(), () =>
        {
            // The storage of a single machine ends with its process.
            if (world.Cluster.IsAlone && !caller.IsAlive) return;
            var isFailing = IsDown || caller.IsCutFromStorage || _chance.Is(Errors);
            if ((isFailing || !caller.IsAlive) && _chance.Is(0.5))
            {
                caller.After(Timeout(), failed);
                return;
            }

            T result;
            try
            {
                result = transaction();
            }
            catch (DuplicateKeyException)
            {
                caller.After(Latency(), failed);
                return;
            }

            if (isFailing) caller.After(Timeout(), failed);
            else caller.After(Latency(), () => done(result));
        });

    private TimeSpan Latency() => _chance.Is(Slow) ? _chance.Seconds(1, 15)
        : _chance.Is(0.01) ? _chance.Milliseconds(5, 3000) : _chance.Milliseconds(0.3, 3);

    private TimeSpan Timeout() => _chance.Is(0.5) ? Latency() : _chance.Seconds(0.5, 10);
}

/// <summary>A row with this key is there already.</summary>
internal sealed class DuplicateKeyException : Exception;
