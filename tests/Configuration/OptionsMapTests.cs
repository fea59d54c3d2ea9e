using System.Net;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Configuration.Tests;

/// <summary>Options have values of their types; their texts are parsed when the records are bound, and nowhere else.</summary>
public sealed class OptionsMapTests
{
    [Fact]
    public void Typed_values_are_bound_and_written_in_their_canonical_form()
    {
        var options = new TypedOptions
        {
            Endpoint = IPEndPoint.Parse("[::1]:25"),
            Networks = [IPNetwork.Parse("10.0.0.0/8")],
            Domain = DomainPattern.Parse("*.example.org"),
            Copy = Mailbox.Parse("a@example.org"),
            Shape = Shape.LongWord,
        };
        var layer = OptionsMap.Flatten(options);
        Assert.Equal(("[::1]:25", "10.0.0.0/8"), (layer.Values["Endpoint"], layer.Values["Networks:0"]));
        Assert.Equal(
            ("*.example.org", "a@example.org", "longword"), (layer.Values["Domain"], layer.Values["Copy"], layer.Values["Shape"]));
        var bound = OptionsMap.Bind<TypedOptions>(layer);
        Assert.Equal(options.Networks, bound.Networks);
        Assert.Equal(options, bound with { Networks = options.Networks });
    }

    [Fact]
    public void Empty_text_is_null()
    {
        var layer = OptionsMap.Flatten(new TypedOptions());
        Assert.Equal("", layer.Values["Copy"]);
        Assert.Null(OptionsMap.Bind<TypedOptions>(layer).Copy);
    }

    [Fact]
    public void Names_of_an_enumeration_are_the_words_of_a_choice()
    {
        var rule = ValueRule.Choice(Shape.None);
        Assert.Equal("round, longword", rule.Allowed);
        Assert.Equal("round", rule.Normalize("Round"));
        Assert.Null(rule.Normalize("none"));
        Assert.Null(rule.Normalize("1"));
    }

    private enum Shape
    {
        None,
        Round,
        LongWord,
    }

    private sealed record TypedOptions
    {
        public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 25);

        public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

        public DomainPattern Domain { get; init; } = DomainPattern.All;

        public Mailbox? Copy { get; init; }

        public Shape Shape { get; init; }
    }
}
