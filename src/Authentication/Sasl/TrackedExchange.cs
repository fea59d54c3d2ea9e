using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The frame of all exchanges: the order of calls, the bound of responses, and the empty challenge for AUTH without an initial response.
/// </summary>
internal abstract class TrackedExchange : SaslExchange
{
    private SaslStepKind _last = SaslStepKind.Challenge;
    private bool _hasBegun;

    public sealed override SaslStep Next(ReadOnlyMemory<byte>? response, DateTimeOffset now)
    {
        Require(SaslStepKind.Challenge);
        var isFirst = !_hasBegun;
        _hasBegun = true;
        if (response is not { } octets) return Track(isFirst ? OnStart(now) : Fail(SaslFailure.Malformed));
        return Track(octets.Length > SaslMechanisms.MaxResponse ? Fail(SaslFailure.Malformed) : OnResponse(octets.Span, now));
    }

    public sealed override SaslStep Resume(MailUser? user, DateTimeOffset now)
    {
        Require(SaslStepKind.NeedsUser);
        return Track(OnUser(user, now));
    }

    public sealed override SaslStep ResumeToken(string? name)
    {
        Require(SaslStepKind.NeedsToken);
        return Track(OnToken(name));
    }

    /// <summary>
    /// Handles AUTH without an initial response. A mechanism in which the client begins sends an empty challenge (RFC 4954).
    /// </summary>
    protected virtual SaslStep OnStart(DateTimeOffset now) => Challenge([]);

    /// <summary>Handles a response within the bound.</summary>
    protected abstract SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now);

    /// <summary>Handles the user, or the lack of one.</summary>
    protected abstract SaslStep OnUser(MailUser? user, DateTimeOffset now);

    /// <summary>Handles the result of the token's validation.</summary>
    protected virtual SaslStep OnToken(string? name) => base.ResumeToken(name);

    protected static SaslStep Challenge(byte[] octets) => new(SaslStepKind.Challenge) { Challenge = octets };

    protected static SaslStep NeedUser(string name) => new(SaslStepKind.NeedsUser) { Name = name };

    protected static SaslStep Succeed(string name, string application = "") =>
        new(SaslStepKind.Succeeded) { Name = name, ApplicationPassword = application };

    protected static SaslStep Fail(SaslFailure failure, string name = "") => new(SaslStepKind.Failed) { Failure = failure, Name = name };

    private SaslStep Track(SaslStep step)
    {
        _last = step.Kind;
        return step;
    }

    private void Require(SaslStepKind kind)
    {
        if (_last != kind) throw new InvalidOperationException($"{Mechanism}: the exchange is at {_last}, not at {kind}");
    }
}
