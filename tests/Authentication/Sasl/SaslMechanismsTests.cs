using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class SaslMechanismsTests
{
    [Fact]
    public void Each_mechanism_can_begin_in_any_case()
    {
        foreach (var mechanism in SaslMechanisms.All)
        {
            Assert.Equal(mechanism, SaslMechanisms.Begin(mechanism, Accounts.BoundChannel)!.Mechanism);
            Assert.Equal(mechanism, SaslMechanisms.Begin(mechanism.ToLowerInvariant(), Accounts.BoundChannel)!.Mechanism);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("DIGEST-MD5")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-1-PLUS")]
    public void Unknown_mechanisms_and_bindings_without_an_offer_do_not_begin(string mechanism)
    {
        Assert.Null(SaslMechanisms.Begin(mechanism, Accounts.Channel));
        Assert.Null(SaslMechanisms.Begin(mechanism, Accounts.Channel with { EndPointBinding = Accounts.EndPoint }));
        Assert.Null(SaslMechanisms.Begin(mechanism, Accounts.Channel with { OffersPlus = true }));
    }

    [Fact]
    public void Calls_out_of_order_throw()
    {
        var exchange = SaslMechanisms.Begin("PLAIN", Accounts.Channel)!;
        Assert.Throws<InvalidOperationException>(() => exchange.Resume(null, Accounts.Now));
        Assert.Equal(SaslStepKind.NeedsUser, exchange.Next("\0tim\0pencil"u8.ToArray(), Accounts.Now).Kind);
        Assert.Throws<InvalidOperationException>(() => exchange.Next(default, Accounts.Now));
        Assert.Equal(SaslStepKind.Failed, exchange.Resume(null, Accounts.Now).Kind);
        Assert.Throws<InvalidOperationException>(() => exchange.Next(default, Accounts.Now));
    }

    [Fact]
    public void Texts_of_objects_have_no_secrets()
    {
        var user = Accounts.User("tim", "pencil", ("phone", "crayon", null));
        var step = new SaslStep(SaslStepKind.NeedsToken) { Name = "tim", Token = "secret", Challenge = "secret"u8.ToArray() };
        var channel = Accounts.Channel with { FakeSalt = "secret0123456789"u8.ToArray(), OpenIdConfiguration = "https://secret" };
        var message = BearerMessage.ParseGoogle("user=tim\x01" + "auth=Bearer secret\x01\x01");
        foreach (var text in (string?[])[
            step.ToString(), channel.ToString(), message!.ToString(), new SaslName("tim", "phone").ToString(),
            new PasswordCache(new byte[32]).ToString(), user.Scram256!.ToString(), user.ApplicationPasswords[0].ToString()])
        {
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(user.Scram256!.StoredKey.Span), text, StringComparison.Ordinal);
        }

        Assert.Equal("NeedsToken tim", step.ToString());
    }
}
