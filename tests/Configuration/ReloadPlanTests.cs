using Xunit;

namespace Postfleet.Configuration.Tests;

public sealed class ReloadPlanTests
{
    private static readonly KeyTable Table = new(
    [
        new("Box:Width", ValueRule.Number(1, 100, "cm"), "30", "How wide it is.") { IsReloaded = true },
        new("Box:Place", ValueRule.Text("a place", TextForms.NotEmpty), "attic", "Where it stands."),
        new("Box:Colors:#", ValueRule.Choice("red", "green", "blue"), "red", "The colours that it comes in.") { IsReloaded = true },
        new("Shelves:#:Name", ValueRule.Text("a name", TextForms.NotEmpty), "top", "What it is called.") { IsReloaded = true },
        new("Shelves:#:Depth", ValueRule.Duration("1s", "1m"), "5s", "How long one reaches into it.") { IsReloaded = true },
        new("Doors:#:Lock", ValueRule.Text("a name", TextForms.NotEmpty), "yale", "The lock of the door."),
    ]);

    private static readonly HashSet<string> NoFiles = [];

    [Fact]
    public void Equal_values_change_nothing()
    {
        var plan = ReloadPlan.Make(Table, Values(), Values(), NoFiles);

        Assert.Empty(plan.Changed);
        Assert.Empty(plan.RestartNeeded);
        Assert.Equal(Values().Values, plan.Values.Values);
        Assert.Equal(Values().Lists, plan.Values.Lists);
    }

    [Fact]
    public void Reloaded_keys_take_the_new_value_and_all_others_keep_the_old_one()
    {
        var wanted = Values();
        (wanted.Values["Box:Width"], wanted.Values["Box:Place"], wanted.Values["Doors:0:Lock"]) = ("20", "cellar", "abus");

        var plan = ReloadPlan.Make(Table, Values(), wanted, NoFiles);

        Assert.Equal(["Box:Width"], plan.Changed);
        Assert.Equal(["Box:Place", "Doors"], plan.RestartNeeded);
        Assert.Equal(
            ("20", "attic", "yale"),
            (plan.Values.Values["Box:Width"], plan.Values.Values["Box:Place"], plan.Values.Values["Doors:0:Lock"]));
    }

    [Fact]
    public void A_list_changes_as_a_whole()
    {
        var wanted = Values();
        wanted.Lists["Shelves"] = 1;
        wanted.Values.Remove("Shelves:1:Name");
        wanted.Values["Shelves:0:Depth"] = "5s";
        wanted.Lists["Box:Colors"] = 0;
        wanted.Values.Remove("Box:Colors:0");

        var plan = ReloadPlan.Make(Table, Values(), wanted, NoFiles);

        Assert.Equal(["Box:Colors", "Shelves"], plan.Changed);
        Assert.Equal((0, 1), (plan.Values.Lists["Box:Colors"], plan.Values.Lists["Shelves"]));
        Assert.Equal(wanted.Values.OrderBy(value => value.Key), plan.Values.Values.OrderBy(value => value.Key));
    }

    [Fact]
    public void A_key_with_another_content_of_its_file_has_changed()
    {
        var plan = ReloadPlan.Make(Table, Values(), Values(), new HashSet<string> { "Shelves", "Box:Place" });

        Assert.Equal(["Shelves"], plan.Changed);
        Assert.Equal(["Box:Place"], plan.RestartNeeded);
    }

    private static Layer Values()
    {
        var layer = new Layer();
        (layer.Values["Box:Width"], layer.Values["Box:Place"]) = ("10", "attic");
        (layer.Lists["Box:Colors"], layer.Values["Box:Colors:0"]) = (1, "red");
        (layer.Lists["Shelves"], layer.Values["Shelves:0:Name"], layer.Values["Shelves:1:Name"]) = (2, "top", "bottom");
        (layer.Lists["Doors"], layer.Values["Doors:0:Lock"]) = (1, "yale");
        return layer;
    }
}
