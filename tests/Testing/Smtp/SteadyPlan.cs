using System.Net;

namespace Postfleet.Testing;

/// <summary>What a <see cref="SteadyLoad"/> sends, and where.</summary>
/// <param name="Servers">The servers that a message may be given to, like hosts of equal preference (RFC 5321 section 5.1).</param>
/// <param name="Recipients">The recipients of message n.</param>
public sealed record SteadyPlan(IReadOnlyList<IPEndPoint> Servers, Func<int, IReadOnlyList<string>> Recipients)
{
    /// <summary>Messages a second, as long as the servers keep up.</summary>
    public double Rate { get; init; } = 100;

    /// <summary>After how many messages to stop by itself; without a number it runs until it is stopped.</summary>
    public int Messages { get; init; } = int.MaxValue;

    /// <summary>How many clients at once; each has one message in hand at a time.</summary>
    public int Sessions { get; init; } = 20;

    /// <summary>About how many octets a message has, its header included.</summary>
    public int Octets { get; init; } = 1024;

    /// <summary>After how many messages a connection is closed and the next opened.</summary>
    public int MessagesPerConnection { get; init; } = 25;

    /// <summary>The start of every id; give each run its own.</summary>
    public string IdPrefix { get; init; } = "steady";

    /// <summary>The reverse-path.</summary>
    public string Sender { get; init; } = "sender@load.test";

    /// <summary>How long a client waits for a connection or a transaction before it gives the server up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
