"""Programs that save files while disks fill, signals come and others write in the same folder."""
