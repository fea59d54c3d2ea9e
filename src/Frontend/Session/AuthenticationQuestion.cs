using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Authentication;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The question of a SASL dialogue: the next step of the exchange, which looks users up and hashes passwords. The machine resumes the
/// authentication stage with <see cref="Result"/>. A failure is reported before its delay, since the client may leave meanwhile.
/// </summary>
/// <param name="dialogue">The dialogue.</param>
/// <param name="response">The decoded response; null for AUTH without an initial response. Cleared after the step.</param>
/// <param name="reportFailure">Reports a failure; called on any thread.</param>
internal sealed class AuthenticationQuestion(ISaslDialogue dialogue, byte[]? response, Action<SaslResult> reportFailure) : Question
{
    /// <inheritdoc/>
    public override ISessionCheck Check => Step.Instance;

    /// <summary>The result of the step; null when it failed or exceeded its time limit.</summary>
    public SaslResult? Result { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask<Verdict> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await dialogue.NextAsync(
                response is null ? (ReadOnlyMemory<byte>?)null : new ReadOnlyMemory<byte>(response), cancellationToken);
            Result = result;
            if (result.Kind is not (SaslResultKind.Failed or SaslResultKind.Blocked)) return Verdict.Accept;
            reportFailure(result);
            await dialogue.PauseAsync(cancellationToken);
            return Verdict.Accept;
        }
        finally
        {
            if (response is not null) Array.Clear(response);
        }
    }

    private sealed class Step : ISessionCheck
    {
        public static readonly Step Instance = new();

        public string Name => "authentication";

        // Longer than the longest delay of a failure.
        public TimeSpan Budget => GuessGuard.MaxDelay + ISessionCheck.DefaultBudget;

        public Verdict WhenFailed => Verdict.Defer("454 4.7.0 Temporary authentication failure");
    }
}
