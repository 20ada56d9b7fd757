"""Services that classify pictures for money, one file each."""
