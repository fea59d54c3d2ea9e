using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The authentication stage: AUTH and the responses behind it (RFC 4954 section 4). Each step of the dialogue is a question. Called by the
/// session's machine.
/// </summary>
/// <param name="server">The server's side of SASL.</param>
/// <param name="report">Is told the end of each dialogue.</param>
internal sealed class AuthenticationStage(ISaslServer server, IAuthenticationReport report)
{
    /// <summary>Handles AUTH.</summary>
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        // The extension is known to clients from the reply to EHLO alone.
        if (!session.IsExtended) return CommandResult.Error(Replies.EhloFirst);
        if (session.Login is not null) return CommandResult.Error(Replies.AuthenticatedAlready);
        if (argument.IsEmpty) return CommandResult.Error(Replies.MechanismNeeded);
        if (!session.IsSecure && !session.MayAuthenticateInPlaintext) return CommandResult.Error(Replies.EncryptionRequired);
        var space = argument.IndexOf((byte)' ');
        var mechanism = space < 0 ? argument : argument[..space];
        var client = new SaslClient(session.Listener.Service, session.Client, session.IsSecure, session.EndPointBinding);
        if (mechanism.Length > MaxMechanism || server.Begin(Encoding.ASCII.GetString(mechanism), client) is not { } dialogue)
            return CommandResult.Error(Replies.UnknownMechanism);
        byte[]? initial = null;
        if (space >= 0 && !TryDecode(argument[(space + 1)..].Trim((byte)' '), out initial)) return CommandResult.Error(Replies.NotBase64);
        return Ask(session, dialogue, initial);
    }

    /// <summary>Handles a response.</summary>
    public CommandResult Respond(IStagedSession session, ref LineMask mask, ReadOnlySpan<byte> line)
    {
        mask.OnResponse();
        var dialogue = session.Dialogue!;
        if (line.SequenceEqual("*"u8))
        {
            report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Cancelled, "", "cancelled by the client");
            return End(session, Replies.AuthenticationCancelled);
        }

        // Of an empty initial response, "=" is the sign (RFC 4954 section 4); some clients send it later, too.
        if (!TryDecode(line, out var response))
        {
            report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Malformed, "", "the response is not in Base64");
            return End(session, Replies.NotBase64);
        }

        return Ask(session, dialogue, response);
    }

    /// <summary>Ends a dialogue because of a line that cannot be a response.</summary>
    /// <returns>Whether there was a dialogue.</returns>
    public bool Abandon(IStagedSession session)
    {
        if (session.Dialogue is not { } dialogue) return false;
        report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Malformed, "", "the response is too long or has a bare CR");
        Close(session);
        return true;
    }

    /// <summary>Continues behind the question.</summary>
    public CommandResult Conclude(IStagedSession session, AuthenticationQuestion question)
    {
        var dialogue = session.Dialogue!;
        if (question.Result is not { } result)
        {
            report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Unavailable, "", "no answer in time");
            return Unavailable(session);
        }

        switch (result.Kind)
        {
            case SaslResultKind.Challenge:
                return new CommandResult(Challenge(result.Challenge.Span));
            case SaslResultKind.Succeeded:
                report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Succeeded, result.KnownUser, "");
                Close(session);
                session.Login = result.Login;
                session.MaxLine = FrontendLimits.CommandLine;
                return new CommandResult(Replies.Authenticated);
            case SaslResultKind.Unavailable:
                report.Ended(session, dialogue.Mechanism, AuthenticationEnd.Unavailable, result.KnownUser, result.Reason);
                return Unavailable(session);
            case SaslResultKind.Blocked:
                Close(session);
                return new CommandResult(Replies.TooManyLogins, SessionEffect.Close, IsError: true);
            default:
                return End(session, IsMalformed(result) ? Replies.MalformedResponse : Replies.InvalidCredentials);
        }
    }

    // Longest name of a mechanism (RFC 4422 section 3.1).
    private const int MaxMechanism = 20;

    private static bool IsMalformed(in SaslResult result) => result.Failure == Postfleet.Authentication.Sasl.SaslFailure.Malformed;

    private CommandResult Ask(IStagedSession session, ISaslDialogue dialogue, byte[]? response)
    {
        session.Dialogue = dialogue;
        return session.Ask(new AuthenticationQuestion(dialogue, response, result => report.Ended(
            session, dialogue.Mechanism, IsMalformed(result) ? AuthenticationEnd.Malformed : AuthenticationEnd.Failed, result.KnownUser,
            result.Reason)));
    }

    private static void Close(IStagedSession session)
    {
        session.Dialogue?.Dispose();
        session.Dialogue = null;
    }

    private static CommandResult Unavailable(IStagedSession session)
    {
        Close(session);
        return new CommandResult(Replies.AuthenticationUnavailable, IsDeferred: true);
    }

    private static CommandResult End(IStagedSession session, byte[] reply)
    {
        Close(session);
        return CommandResult.Error(reply);
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, out byte[]? octets)
    {
        octets = [];
        if (text.SequenceEqual("="u8)) return true;
        // The decoder of .NET skips white space, which Base64 in SMTP does not have.
        if (text.ContainsAny((byte)' ', (byte)'\t')) return false;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        var isValid = Base64.DecodeFromUtf8(text, decoded, out var read, out var written) == OperationStatus.Done && read == text.Length;
        octets = decoded[..written];
        Array.Clear(decoded);
        return isValid;
    }

    private static byte[] Challenge(ReadOnlySpan<byte> octets)
    {
        var line = new byte[4 + Base64.GetMaxEncodedToUtf8Length(octets.Length) + 2];
        "334 "u8.CopyTo(line);
        Base64.EncodeToUtf8(octets, line.AsSpan(4), out _, out var written);
        "\r\n"u8.CopyTo(line.AsSpan(4 + written));
        return line[..(4 + written + 2)];
    }
}
