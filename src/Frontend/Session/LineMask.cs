using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The text for the log in place of a client's line that may contain a password: AUTH and the responses behind it, and unknown commands
/// after AUTH, since clients may send passwords behind a refused AUTH without reading the reply. Used by the session's machine.
/// </summary>
internal struct LineMask
{
    private static readonly byte[] Command = [.. "AUTH (its argument is not shown)"u8];
    private static readonly byte[] Response = [.. "a response to AUTH (not shown)"u8];
    private static readonly byte[] Unknown = [.. "an unknown command after AUTH (not shown)"u8];

    private bool _hasTriedAuthentication;

    /// <summary>The text; null where the line itself may be shown.</summary>
    public byte[]? Text { get; private set; }

    /// <summary>The line is a response in the dialogue of AUTH.</summary>
    public void OnResponse() => Text = Response;

    /// <summary>The line is a command.</summary>
    public void OnCommand(Verb verb)
    {
        if (verb == Verb.Auth) _hasTriedAuthentication = true;
        Text = verb == Verb.Auth ? Command : verb == Verb.Unknown && _hasTriedAuthentication ? Unknown : null;
    }
}
