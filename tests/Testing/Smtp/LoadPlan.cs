using System.Net;

namespace Postfleet.Testing;

/// <summary>The messages and servers of a <see cref="LoadClient"/>.</summary>
/// <param name="Servers">The servers, with equal preference (RFC 5321 section 5.1).</param>
/// <param name="Recipients">The recipients of message n.</param>
public sealed record LoadPlan(IReadOnlyList<IPEndPoint> Servers, Func<int, IReadOnlyList<string>> Recipients)
{
    /// <summary>Messages a second while the servers keep up; unlimited by default.</summary>
    public double Rate { get; init; } = double.PositiveInfinity;

    /// <summary>The number of messages; unlimited by default.</summary>
    public int Messages { get; init; } = int.MaxValue;

    /// <summary>The number of concurrent clients. Each sends one message at a time.</summary>
    public int Sessions { get; init; } = 50;

    /// <summary>The approximate size of a message in octets, including its header.</summary>
    public int Octets { get; init; } = 4096;

    /// <summary>The number of messages after which a connection is closed and a new connection opened; unlimited by default.</summary>
    public int MessagesPerConnection { get; init; } = int.MaxValue;

    /// <summary>The prefix of all ids (the Message-Id is <c>&lt;prefix.n@load.test&gt;</c>), different for each run.</summary>
    public string IdPrefix { get; init; } = "load";

    /// <summary>The reverse-path.</summary>
    public string Sender { get; init; } = "sender@load.test";

    /// <summary>The name and the password with which each connection authenticates, in the clear; null for none.</summary>
    public (string Name, string Password)? Login { get; init; }

    /// <summary>The longest wait for a connection or a transaction.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);
}
