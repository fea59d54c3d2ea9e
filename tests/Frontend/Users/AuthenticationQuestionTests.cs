using Postfleet.Authentication.Sasl;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>The question of a SASL dialogue.</summary>
public sealed class AuthenticationQuestionTests
{
    [Fact]
    public async Task A_failure_is_reported_although_the_client_leaves_before_the_reply()
    {
        var reported = new List<SaslResult>();
        var question = new AuthenticationQuestion(new FailingDialogue(), null, reported.Add);
        using var left = new CancellationTokenSource();
        var answer = question.AskAsync(left.Token).AsTask();
        Assert.Equal("wrong password", Assert.Single(reported).Reason);
        Assert.False(answer.IsCompleted);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Single(reported);
    }

    private sealed class FailingDialogue : ISaslDialogue
    {
        public string Mechanism => "PLAIN";

        public ValueTask<SaslResult> NextAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
            new(new SaslResult(SaslResultKind.Failed) { Failure = SaslFailure.Credentials, Reason = "wrong password" });

        public async ValueTask PauseAsync(CancellationToken cancellationToken) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        public void Dispose()
        {
        }
    }
}
