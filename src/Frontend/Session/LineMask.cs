using System.Text;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The text for the log in place of a client's line that may contain a password: AUTH and the responses behind it, unknown commands
/// after AUTH, since clients may send passwords behind a refused AUTH without reading the reply, and unknown commands where clients
/// authenticate, since they may be another form of AUTH. Used by the session's machine.
/// </summary>
internal struct LineMask
{
    private static readonly byte[] Command = [.. "AUTH (its argument is not shown)"u8];
    private static readonly byte[] Response = [.. "a response to AUTH (not shown)"u8];
    private static readonly byte[] Unknown = [.. "an unknown command (not shown)"u8];

    private bool _hasTriedAuthentication;

    /// <summary>The text; null where the line itself may be shown.</summary>
    public byte[]? Text { get; private set; }

    /// <summary>The line is a response in the dialogue of AUTH.</summary>
    public void OnResponse() => Text = Response;

    /// <summary>The line is a command.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="line">The line.</param>
    /// <param name="mayAuthenticate">Whether clients of the listener authenticate.</param>
    public void OnCommand(Verb verb, ReadOnlySpan<byte> line, bool mayAuthenticate)
    {
        // As AUTH=PLAIN, or AUTH with a tab behind it.
        if (verb == Verb.Auth || (line.Length >= 4 && Ascii.EqualsIgnoreCase(line[..4], "AUTH"u8))) _hasTriedAuthentication = true;
        Text = verb switch
        {
            Verb.Auth => Command,
            Verb.Unknown when _hasTriedAuthentication || mayAuthenticate => Unknown,
            Verb.Foreign when _hasTriedAuthentication => Unknown,
            _ => null,
        };
    }
}
