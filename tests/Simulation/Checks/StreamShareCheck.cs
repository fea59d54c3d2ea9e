using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>
/// Two streams with the weights 3 and 1 share one site. Of each <see cref="Window"/> attempts that a destination starts while both have
/// jobs waiting there, the heavy stream has its share, with a tolerance. Where credit were divided by other weights, the heavy stream would
/// soon have no waiting jobs, and the run few windows.
/// </summary>
internal sealed class StreamShareCheck
{
    /// <summary>The attempts that are counted together.</summary>
    public const int Window = 100;

    private const string Heavy = "heavy";
    private const string Light = "light";

    private const double Share = 0.75;

    // With the same weight for both, the share would be 0.5.
    private const double Tolerance = 0.03;

    private DestinationShell? _destination;
    private int _heavy;
    private int _all;

    /// <summary>The weights.</summary>
    public static StreamSet Weights { get; } = new([(Heavy, 3), (Light, 1)]);

    /// <summary>The queues of the streams.</summary>
    public static IReadOnlyList<QueueKey> Queues { get; } =
        [QueueKey.FromTrusted($"{Heavy}:d1.example"), QueueKey.FromTrusted($"{Light}:d2.example")];

    /// <summary>The windows that were compared.</summary>
    public int Windows { get; private set; }

    /// <summary>The queue of a message: with these shares, both backlogs last as long.</summary>
    public static QueueKey QueueOf(int number) => Queues[number % 4 == 0 ? 1 : 0];

    /// <summary>A destination starts an attempt.</summary>
    /// <param name="destination">The destination; a new one begins a new window.</param>
    /// <param name="state">Its state.</param>
    /// <param name="stream">The stream of the job.</param>
    public void Started(DestinationShell destination, DestinationState state, string stream)
    {
        if (destination != _destination || state.Describe(destination.Id).Streams.Count(each => each.Waiting > 0) < Queues.Count)
        {
            (_destination, _heavy, _all) = (destination, 0, 0);
            return;
        }

        _all++;
        if (stream == Heavy) _heavy++;
        if (_all < Window) return;
        if (Math.Abs((double)_heavy / _all - Share) > Tolerance)
            throw new PromiseBrokenException("share", $"{destination.Id} starts {_heavy} attempts of the heavy stream of {_all}");
        Windows++;
        (_heavy, _all) = (0, 0);
    }
}
