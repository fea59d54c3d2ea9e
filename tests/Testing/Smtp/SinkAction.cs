namespace Postfleet.Testing;

/// <summary>
/// The reaction of the sink at a step. Actions can be combined, for example <c>SinkAction.Reply("450 4.2.0 later") with { BytePause =
/// TimeSpan.FromMilliseconds(5) }</c>.
/// </summary>
public sealed record SinkAction
{
    private SinkAction()
    {
    }

    /// <summary>The step succeeds with its usual reply.</summary>
    public static SinkAction Accept { get; } = new();

    /// <summary>Never replies. The connection stays open until the client closes it.</summary>
    public static SinkAction Hang { get; } = new() { Hangs = true };

    /// <summary>The connection is closed instead of a reply.</summary>
    public static SinkAction Drop { get; } = new() { Closes = true };

    /// <summary>At the end of DATA: accepts and records the message, and closes the connection without the 250.</summary>
    public static SinkAction TakeAndDrop { get; } = new() { Closes = true, Takes = true };

    /// <summary>The text to send instead of the usual reply, without the last line end; null for the usual.</summary>
    public string? Text { get; private init; }

    /// <summary>Whether the connection is closed, after <see cref="Text"/> when there is one.</summary>
    public bool Closes { get; private init; }

    /// <summary>Whether the client never gets a reply.</summary>
    public bool Hangs { get; private init; }

    /// <summary>Whether the message counts as accepted although no 250 is sent.</summary>
    public bool Takes { get; private init; }

    /// <summary>Octets of content after which the connection is closed; null for no limit.</summary>
    public int? DropAfter { get; private init; }

    /// <summary>The pause before the reply.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The pause between the bytes of the reply; zero sends the reply at once.</summary>
    public TimeSpan BytePause { get; init; }

    /// <summary>Another reply. Lines are separated by <c>\n</c>; all but the last get the hyphen of RFC 5321 section 4.2.1.</summary>
    /// <param name="reply">For example <c>550 5.1.1 no such user</c> or <c>250-one\n250 two</c>.</param>
    public static SinkAction Reply(string reply) => new() { Text = Format(reply) };

    /// <summary>Another reply, after which the connection is closed.</summary>
    public static SinkAction ReplyAndDrop(string reply) => new() { Text = Format(reply), Closes = true };

    /// <summary>At DATA: replies 354 and closes the connection after a number of octets of content.</summary>
    public static SinkAction DropMidData(int octets) => new() { DropAfter = octets };

    /// <summary>Sends any text, followed by CRLF, instead of a reply.</summary>
    public static SinkAction Raw(string text) => new() { Text = text };

    /// <summary>Whether this action lets the step succeed.</summary>
    internal bool Succeeds => !Hangs && (Takes || (!Closes && (Text is null || Text[0] is '2' or '3')));

    private static string Format(string reply)
    {
        var lines = reply.Split('\n');
        for (var i = 0; i < lines.Length - 1; i++)
        {
            lines[i] = $"{lines[i][..3]}-{lines[i][4..]}";
        }

        return string.Join("\r\n", lines);
    }
}
